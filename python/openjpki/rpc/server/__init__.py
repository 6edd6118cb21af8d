"""Serving calls: mutual TLS, the guard before every method, health, draining."""
