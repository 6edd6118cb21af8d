"""How much verifiers are told: counted, kept, shown (R5.2.2)."""
