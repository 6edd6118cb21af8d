"""gRPC as every service speaks it: serving, calling, and who the other side is."""
