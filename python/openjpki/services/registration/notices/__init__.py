"""Change notices of the resident register network: taken, and what they end (R3.1.2a)."""
