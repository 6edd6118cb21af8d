"""The register of officers whose signature counts: one for ca, one for the bridge."""
