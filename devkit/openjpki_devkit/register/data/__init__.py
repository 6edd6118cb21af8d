"""Hand-kept CSV files from which residents are made up, opened as package data."""
