"""Identity checks (本人性, R2.2.2)."""
