"""The authorities that cross certificates are exchanged with."""
