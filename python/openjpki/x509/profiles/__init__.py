"""The certificates this system makes: profiles, building, checking (docs/profile.md)."""
