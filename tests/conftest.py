"""What every test shares: the report's rows, heavy fixtures, and gRPC's own log kept short."""

import os

from hypothesis import settings

# Refused handshakes are what many tests are about; gRPC prints each one on stderr otherwise.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

# A machine under load is no failure: no test asserts how long something takes.
settings.register_profile("openjpki", deadline=None)
settings.load_profile("openjpki")

pytest_plugins = [
    "tests.support.commands",
    "tests.support.garbage",
    "tests.support.requirements",
    "tests.support.sharing",
]
