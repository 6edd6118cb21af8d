"""No compression on either side: a message is as large as what was sent of it.

Contracts as small as ours gain nothing by compression, and what a message unpacks to is then one
more thing to be bounded. gRPC 1.85 does so ("Decompressed message larger than max"); off, it is not
asked to. A call whose messages are packed is refused as one of a method that is not there.
"""

UNCOMPRESSED: tuple[tuple[str, int], ...] = (
    ("grpc.per_message_decompression", 0),
    # One bit a method of compression; the first is for none.
    ("grpc.compression_enabled_algorithms_bitset", 1),
)
