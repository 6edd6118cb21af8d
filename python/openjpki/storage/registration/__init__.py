"""What the registration service keeps; personal data in ``application_papers`` alone."""
