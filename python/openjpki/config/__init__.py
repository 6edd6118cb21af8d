"""Settings of each service, read from the environment and refused by name when they don't fit."""
