"""Many questions about paths in a stream: one JSON object a line in, one out."""
