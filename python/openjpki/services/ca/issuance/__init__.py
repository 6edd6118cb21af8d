"""Certificates of every kind: checked, intended, signed, stored, answered."""
