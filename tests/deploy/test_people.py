"""Sample credentials for people: our own reader takes their names, and the papers agree."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from openjpki.rpc.identity.peer import parse_spiffe_id
from openjpki.rpc.identity.roles import PeerRole
from tests.deploy.manifests import DEPLOY, ROOT, Manifest, of_kind

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = of_kind("Certificate", DEPLOY / "k8s" / "samples" / "people")
TRUST_DOMAIN = "openjpki.example"
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def _section() -> str:
    return PAGE.split("\n### 8. People\n", 1)[1].split("\n### ", 1)[0]


def _stated() -> dict[str, tuple[str, str]]:
    """Role -> duration and renewal, as the table has them."""
    rows = re.findall(r"^\| ([a-z-]+) \| (\d+) \| (\d+) \| (?:yes|no) \|$", _section(), re.M)
    return {role: (f"{lasts}h", f"{before}h") for role, lasts, before in rows}


@pytest.fixture(params=sorted(SAMPLES))
def sample(request: pytest.FixtureRequest) -> Manifest:
    return SAMPLES[request.param]


def test_a_sample_names_somebody_whom_a_service_would_know(sample: Manifest) -> None:
    (uri,) = sample["spec"]["uris"]
    who = parse_spiffe_id(uri, TRUST_DOMAIN)
    assert not who.role.is_service
    segments = [who.role.value, who.scope, who.subject]
    name = "-".join(one for one in segments if one).replace(".", "-")
    assert sample["metadata"]["name"] == name
    assert sample["spec"]["secretName"] == f"{name}-tls"


def test_a_sample_is_a_client_and_no_server(sample: Manifest) -> None:
    spec = sample["spec"]
    assert spec["usages"] == ["digital signature", "client auth"]
    assert "dnsNames" not in spec
    assert "isCA" not in spec
    assert spec["privateKey"] == {
        "algorithm": "ECDSA",
        "size": 256,
        "encoding": "PKCS8",
        "rotationPolicy": "Always",
    }
    assert spec["issuerRef"]["name"] in of_kind("Issuer")


def test_a_sample_lasts_as_long_as_the_papers_say(sample: Manifest) -> None:
    (uri,) = sample["spec"]["uris"]
    role = parse_spiffe_id(uri, TRUST_DOMAIN).role.value
    spec: dict[str, Any] = sample["spec"]
    assert (spec["duration"], spec["renewBefore"]) == _stated()[role]


def test_there_is_a_sample_for_every_role_that_is_no_service() -> None:
    roles = {
        parse_spiffe_id(uri, TRUST_DOMAIN).role
        for one in SAMPLES.values()
        for uri in one["spec"]["uris"]
    }
    assert roles == {role for role in PeerRole if not role.is_service}
    assert set(_stated()) == {role.value for role in roles}


def test_a_request_made_as_the_papers_say_has_the_name_and_a_key_of_its_own(tmp_path: Path) -> None:
    (command,) = re.findall(r"^```sh\n(.*?)^```$", _section(), re.M | re.S)
    subprocess.run(
        ["bash", "-euc", command],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "WHO": "partner/government-bridge"},
        check=True,
        capture_output=True,
    )
    request = x509.load_pem_x509_csr((tmp_path / "tls.csr").read_bytes())
    assert request.is_signature_valid
    assert isinstance(request.public_key(), ec.EllipticCurvePublicKey)
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    (uri,) = names.value.get_values_for_type(x509.UniformResourceIdentifier)
    assert parse_spiffe_id(uri, TRUST_DOMAIN).role is PeerRole.PARTNER
    assert (tmp_path / "tls.key").stat().st_mode & 0o077 == 0
