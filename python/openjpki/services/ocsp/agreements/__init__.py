"""Agreements of governors with verifiers: proposed, approved, suspended, ended (R4.2, R4.3)."""
