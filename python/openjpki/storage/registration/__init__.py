"""What the registration service keeps; personal data belongs in one of its tables."""
