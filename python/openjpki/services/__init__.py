"""The four services; they speak to each other through the contracts alone."""
