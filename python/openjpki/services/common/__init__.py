"""What several services do in the same way; it knows none of them."""
