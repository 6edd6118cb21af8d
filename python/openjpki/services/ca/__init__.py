"""The ca service: governors' authorities, their certificates, lists and status feed."""
