"""What the registration service keeps; personal data in ``application_personal_data`` alone."""
