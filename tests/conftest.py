"""What every test shares: the requirement marker's table."""

pytest_plugins = ["tests.support.requirements"]
