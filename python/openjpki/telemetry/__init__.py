"""Logs and metrics, without personal data and secrets."""
