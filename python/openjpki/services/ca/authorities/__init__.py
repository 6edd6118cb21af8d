"""The governors' authorities: made in a ceremony, listed, asked for their own PKCS#10."""
