"""Quotas of agreements: leased from the database, used up where answers are given (R4.3)."""
