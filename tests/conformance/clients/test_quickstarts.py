"""The quickstarts of other languages, built and run as their READMEs say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from openjpki.errors import Language, Reason
from openjpki.rpc.identity.credentials import RotatingMaterial, channel_credentials
from openjpki.rpc.identity.roles import PeerRole
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN
from tests.support.client_toolchain import ALL, CLIENTS, Client, built, told
from tests.support.ocsp_service import VERIFIER, Pair, running_pair, until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from openjpki.rpc.identity.credentials import TlsFiles

# One worker builds them all; the first time takes minutes, most of it on the network.
pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module", params=ALL, ids=lambda client: client.folder)
def client(request: pytest.FixtureRequest) -> Client:
    return built(request.param)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A ca service and a status service whose reflection is off."""
    folder = tmp_path_factory.mktemp("clients")
    (folder / "ca").mkdir()
    databases = (f"sqlite:///{folder / name}.db" for name in ("ca", "ocsp"))
    with running_pair(folder, *databases, reflection=False) as running:
        yield running


@pytest.fixture(scope="module")
def credentials(pair: Pair) -> TlsFiles:
    """A registered verifier's."""
    return pair.ocsp.mesh.issue(PeerRole.VERIFIER, VERIFIER).write(pair.ocsp.folder / "agency")


@pytest.fixture
def ask(client: Client, pair: Pair, credentials: TlsFiles) -> Any:
    def run(serial: bytes, trust_domain: str = TRUST_DOMAIN) -> subprocess.CompletedProcess[str]:
        return client.run(
            "Run",
            TARGET=f"127.0.0.1:{pair.ocsp.service.server.port}",
            CREDENTIALS=str(credentials.certificate.parent),
            TRUST_DOMAIN=trust_domain,
            AUTHORITY=TOYAMA,
            SERIAL=serial.hex(),
        )

    return run


def test_reflection_is_off(pair: Pair, credentials: TlsFiles) -> None:
    material = RotatingMaterial(credentials).current()
    target = f"localhost:{pair.ocsp.service.server.port}"
    with grpc.secure_channel(target, channel_credentials(material)) as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        with pytest.raises(grpc.RpcError) as refused:
            list(stub.ServerReflectionInfo(iter([request]), timeout=10))
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_good_revoked_and_unknown(ask: Any, pair: Pair) -> None:
    serial = pair.issue().serial
    until(lambda: pair.check(serial).status == 1)
    done = ask(serial)
    assert done.returncode == 0, done.stderr
    assert told(done.stdout) == {"status": "good", "reason": 0, "revoked_at": 0}

    revoked = pair.revoke(serial)
    until(lambda: pair.check(serial).status == 2)
    at = revoked.revoked_at.seconds
    assert told(ask(serial).stdout) == {"status": "revoked", "reason": 1, "revoked_at": at}
    assert told(ask(b"\x01\x02\x03").stdout)["status"] == "unknown"


def test_a_refusal_is_told_in_the_catalogues_words(ask: Any) -> None:
    done = ask(b"\x00\x01")
    assert (done.returncode, done.stdout) == (1, "")
    refusal = told(done.stderr)
    reason = Reason[refusal["error"]]
    assert reason is Reason.INVALID_FIELD
    assert refusal["text_ja"] == reason.text(Language.JA)
    assert refusal["text_en"] == reason.text(Language.EN)
    assert refusal["retryable"] is False
    assert "leading zero" in refusal["message"]


def test_another_peer_of_the_mesh_is_not_asked(ask: Any) -> None:
    """The name in the certificate is checked: with another trust domain nothing is sent."""
    done = ask(b"\x01\x02\x03", trust_domain="other.example")
    assert (done.returncode, done.stdout) == (1, "")
    refusal = told(done.stderr)
    assert "error" not in refusal
    # Of a certificate that does not fit, Connect says an internal error; gRPC says away.
    assert refusal["code"].upper() in {"UNAVAILABLE", "INTERNAL"}


def test_every_folder_is_tried() -> None:
    folders = {path.name for path in CLIENTS.iterdir() if path.is_dir()}
    assert folders == {client.folder for client in ALL}
