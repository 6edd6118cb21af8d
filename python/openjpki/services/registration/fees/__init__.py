"""What applicants pay at windows (R5.1.2)."""
