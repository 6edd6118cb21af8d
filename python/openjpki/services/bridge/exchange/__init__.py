"""Cross-certification with partners: proposed, approved, carried out (R4.4)."""
