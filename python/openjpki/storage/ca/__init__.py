"""What the certification authorities keep."""
