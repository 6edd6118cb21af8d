"""The ocsp service: registered verifiers and the status they may ask for."""
