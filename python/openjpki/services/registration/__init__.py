"""The municipality's side: applications, identity checks, decisions, revocation at the window."""
