"""What the registration service keeps; of its tables one holds personal data."""
