"""Run by Alembic: migrate the connection that was handed over, in its transaction."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    compare_type=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
