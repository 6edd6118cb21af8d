"""What every service's storage stands on: engine, transactions, journal, answered requests."""
