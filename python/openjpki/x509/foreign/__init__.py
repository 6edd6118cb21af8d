"""What others made: requests, certificates, signed messages, keys that must be refused."""
