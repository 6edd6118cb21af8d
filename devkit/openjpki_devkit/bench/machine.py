"""What a figure was measured on: processor, system, versions."""

from __future__ import annotations

import os
import platform
import ssl
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from openjpki.signer_core import lanes
from openjpki_devkit.bench.cores import Cores
from openjpki_devkit.bench.peers import nginx, path_judges
from openjpki_devkit.bench.peers.known import versions
from openjpki_devkit.bench.peers.process import said
from openjpki_devkit.bench.rate import cores

_PACKAGES = ("openjpki", "cryptography", "grpcio", "protobuf")


def describe_machine() -> dict[str, object]:
    """Machine and versions, for the file beside the results."""
    return {
        "processor": processor(),
        "lanes": _lanes(),
        "cores": cores(),
        "load_on": None if (two := Cores.two()) is None else asdict(two),
        "load_average": os.getloadavg(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "python_openssl": ssl.OPENSSL_VERSION,
        "peers": versions() | path_judges.versions() | {nginx.NEEDS: nginx.version()},
        "rustc": said("rustc", "--version"),
        **{name: metadata.version(name) for name in _PACKAGES},
    }


def processor() -> str:
    """The processor's name, family and model: names alone do not tell generations apart."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    facts = {
        name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    kinds = {"family": facts.get("cpu family"), "model": facts.get("model")}
    told = [f"{kind} {number}" for kind, number in kinds.items() if number]
    return ", ".join([facts.get("model name") or platform.processor(), *told])


def _lanes() -> dict[str, object]:
    """Which RSA-2048 signatures are made together here, and what was measured for that."""
    chosen = lanes()
    measured = zip((1, 4, 8), chosen.measured or (), strict=False)
    return {
        "smallest_group": chosen.smallest_group,
        "wait_seconds": chosen.wait,
        "measured_seconds": {str(signatures): seconds for signatures, seconds in measured},
    }
