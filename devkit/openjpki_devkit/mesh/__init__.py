"""The mesh of an installation without cert-manager: its authority and who has a place in it."""
