"""What a figure was measured on: processor, system, versions."""

from __future__ import annotations

import os
import platform
import ssl
from importlib import metadata
from pathlib import Path

from openjpki_devkit.bench.peers import path_judges
from openjpki_devkit.bench.peers.known import versions
from openjpki_devkit.bench.peers.process import said
from openjpki_devkit.bench.rate import cores

_PACKAGES = ("openjpki", "cryptography", "grpcio", "protobuf")


def describe_machine() -> dict[str, object]:
    """Machine and versions, for the file beside the results."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "load_average": os.getloadavg(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "python_openssl": ssl.OPENSSL_VERSION,
        "peers": versions() | path_judges.versions(),
        "rustc": said("rustc", "--version"),
        **{name: metadata.version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
