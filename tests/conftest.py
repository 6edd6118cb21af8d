"""What every test shares: the report's rows, heavy fixtures, and gRPC's own log kept short."""

import os

# Refused handshakes are what many tests are about; gRPC prints each one on stderr otherwise.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

pytest_plugins = ["tests.support.requirements", "tests.support.sharing"]
