"""The report's values and rules: pure, without clock, randomness, files or network."""
