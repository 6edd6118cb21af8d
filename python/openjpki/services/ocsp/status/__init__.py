"""The status index: filled from ca's feed, asked over gRPC."""
