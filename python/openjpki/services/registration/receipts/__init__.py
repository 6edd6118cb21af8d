"""The authority's receipts (L1b): verified before an answer is accepted, kept, shown."""
