"""The status feed: what happened to certificates, for every status replica."""
