"""What the services keep: SQL is written here and nowhere else."""
