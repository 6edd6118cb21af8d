"""An operator ends a responder's certificate by command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ocsp.responders.responder_keys import SUBJECT
from openjpki.storage.ca import certificates
from tests.integration.ca.test_revoking_responders import responders_serial
from tests.support.ca_service import KAGAWA, TOYAMA, TRUST_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa


@pytest.fixture
def run(
    ca: RunningCa, tmp_path: Path, command: Callable[..., tuple[object, Any]]
) -> Callable[..., Any]:
    """``run(*words)``: the JSON of `openjpki responder`, as an operator; ``operator`` for another
    one."""

    def as_operator(*words: object, operator: str = "operator-1") -> Any:
        credentials = tmp_path / operator
        if not credentials.exists():
            ca.mesh.issue(PeerRole.OPERATOR, "ca", operator).write(credentials)
        reach = ["--target", f"127.0.0.1:{ca.service.server.port}"]
        reach += ["--credentials", str(credentials), "--trust-domain", TRUST_DOMAIN]
        code, answer = command("responder", *words, *reach)
        assert code == 0
        return answer

    return as_operator


def test_proposing_goes_on_where_it_stopped(
    ca: RunningCa, keys: Keys, tmp_path: Path, run: Callable[..., Any]
) -> None:
    """A run that was refused at its second key, and then anybody's: each key is proposed once."""

    def requests(*authorities: str) -> Path:
        made = [
            x509.CertificateSigningRequestBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SUBJECT + named)]))
            .sign(key, hashes.SHA256())
            .public_bytes(Encoding.PEM)
            for named, key in zip(authorities, keys, strict=False)
        ]
        file = tmp_path / "requests.pem"
        file.write_bytes(b"".join(made))
        return file

    replica = ("--replica", "nationwide/replica-9")

    def waiting(authority: str) -> list[Any]:
        kept = run("list", authority)["keys"]
        return [one for one in kept if one["replica"] == "nationwide/replica-9"]

    with pytest.raises(OpenJpkiError) as refusal:
        run("propose", requests(TOYAMA, "signing-47"), *replica)
    assert refusal.value.reason is Reason.AUTHORITY_NOT_FOUND
    (first,) = waiting(TOYAMA)
    both = requests(TOYAMA, KAGAWA)
    for operator in ("operator-1", "operator-2"):
        proposed = run("propose", both, *replica, operator=operator)["keys"]
        assert proposed == [first, *waiting(KAGAWA)]
        assert waiting(TOYAMA) == [first]
    assert first["proposed_by"].endswith("operator-1")
    assert len(waiting(KAGAWA)) == 1


def test_a_responders_certificate_is_revoked_by_command(
    ca: RunningCa, keys: Keys, run: Callable[..., Any]
) -> None:
    serial = responders_serial(ca, keys)
    words = ("revoke", TOYAMA, serial.hex(), "--cause", "issued-wrongly")
    answer = run(*words)
    assert (answer["serial"], answer["cause"]) == (serial.hex(), "issued-wrongly")
    with ca.service.ca.database.reading() as tx:
        found = certificates.revocation_of(tx, AuthorityId.parse(TOYAMA), serial)
    assert found is not None
    assert found.cause == "ISSUED_WRONGLY"
    with pytest.raises(OpenJpkiError) as refusal:
        run(*words)
    assert refusal.value.reason is Reason.ALREADY_REVOKED
