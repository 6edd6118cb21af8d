"""BouncyCastle, which most Java programs of this field are built on: its signatures judged here,
and what is made here read by it. Both in one process each, as a JVM's start is most of the time."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from openjpki.cli.key_file import certification_request
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign import cms
from openjpki.x509.foreign.signer import SignatureFacts
from tests.support import x509_samples as samples
from tests.support.client_toolchain import JAVA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import rsa

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
LIBRARIES = ROOT / "build" / "bouncycastle"
EXAMPLES = ROOT / "docs" / "profile" / "examples"
CONTENT = "申請書\r\n第一号\n\x00".encode()
BER, INDEFINITE = b"\x30\x80", b"\x24\x80"
"""How a container begins that is BER, and content that comes in pieces."""

# The libraries are fetched the first time; one worker does.
pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.timeout(600)]


def judge(act: str, folder: Path) -> dict[str, str]:
    """What Judge.java says of each file."""
    done = subprocess.run(
        ["java", "-cp", f"{LIBRARIES}/*", str(HERE / "Judge.java"), act, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(line.split(": ", 1) for line in done.stdout.splitlines())


@pytest.fixture(scope="module", autouse=True)
def _libraries() -> None:
    if missing := JAVA.missing():
        pytest.skip(f"BouncyCastle is not tried here: it needs {', '.join(missing)}")
    wanted = (HERE / "pom.xml").read_bytes()
    fetched = LIBRARIES / "pom.xml"
    if fetched.exists() and fetched.read_bytes() == wanted:
        return
    shutil.rmtree(LIBRARIES, ignore_errors=True)
    done = subprocess.run(
        ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={LIBRARIES}"],
        cwd=HERE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    fetched.write_bytes(wanted)


def put(
    folder: Path, name: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, der: bytes
) -> None:
    (folder / f"{name}.der").write_bytes(der)
    pkcs8 = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / f"{name}.p8").write_bytes(pkcs8)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """Containers that BouncyCastle made, by name; and the signers' certificates."""
    folder = tmp_path_factory.mktemp("bouncycastle")
    authority, official = samples.authority(), ec.generate_private_key(ec.SECP384R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(samples.name((x509.NameOID.COMMON_NAME, "official")))
        .issuer_name(samples.AUTHORITY_NAME)
        .serial_number(77)
        .not_valid_before(samples.NOW)
        .not_valid_after(samples.NOT_AFTER)
        .public_key(official.public_key())
        .sign(authority.key, hashes.SHA256())
    )
    (folder / "content").write_bytes(CONTENT)
    put(folder, "person", samples.key("person"), samples.user_certificate())
    put(folder, "authority", authority.key, authority.der)
    put(folder, "official", official, certificate.public_bytes(serialization.Encoding.DER))
    judge("make", folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def facts_of(container: bytes, content: bytes | None = CONTENT) -> list[SignatureFacts]:
    found = cms.check_signers(container, content)
    assert all(isinstance(one, SignatureFacts) for one in found), found
    return [one for one in found if isinstance(one, SignatureFacts)]


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("detached-as-it-comes", BER),
        ("detached-dl", None),
        ("detached-der", None),
        ("detached-streamed", BER),
        ("attached-as-it-comes", BER),
        ("attached-dl", None),
        ("attached-der", None),
        ("attached-streamed", BER),
        ("key-identifier", BER),
        ("large-attributes", BER),
        ("large-attributes-der", None),
        ("countersigned", BER),
    ],
)
def test_its_containers_are_read_however_it_writes_them(
    signed: Mapping[str, bytes], name: str, begins: bytes | None
) -> None:
    """RFC 5652 5.1 to 5.3: BER outside the signed attributes is as good as DER."""
    container = signed[f"{name}.p7s"]
    assert container.startswith(begins) if begins else not container.startswith(BER)
    (facts,) = facts_of(container)
    assert facts.signer_certificate == samples.user_certificate()
    assert (facts.digest_algorithm, facts.signing_time is not None) == ("sha256", True)
    if name.startswith("attached"):
        assert facts_of(container, None) == [facts]
    if name.startswith("large"):
        assert len(container) > 200 * 1024
    with pytest.raises(OpenJpkiError) as refused:
        cms.check_signature(container, CONTENT + b"!")
    inside = name.startswith("attached")
    assert refused.value.reason is (Reason.CONTENT_EMBEDDED if inside else Reason.CONTENT_CHANGED)


def test_content_in_pieces_is_put_together(signed: Mapping[str, bytes]) -> None:
    container = signed["attached-streamed.p7s"]
    assert INDEFINITE in container
    assert CONTENT not in container


@pytest.mark.parametrize("digest", ["256", "384", "512"])
def test_its_pss_signatures_check(signed: Mapping[str, bytes], digest: str) -> None:
    (facts,) = facts_of(signed[f"pss-{digest}.p7s"])
    assert facts.signature_algorithm == "1.2.840.113549.1.1.10"
    assert facts.digest_algorithm == f"sha{digest}"


def test_each_of_several_signers_is_told(signed: Mapping[str, bytes]) -> None:
    told = {
        facts.signer_certificate: facts.digest_algorithm
        for facts in facts_of(signed["several.p7s"])
    }
    assert told == {
        signed["person.der"]: "sha256",
        signed["official.der"]: "sha384",
        signed["authority.der"]: "sha512",
    }
    (alone,) = facts_of(signed["ecdsa.p7s"])
    assert alone.signer_certificate == signed["official.der"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no-attributes", Reason.SIGNED_ATTRIBUTES_REFUSED),
        ("sha1", Reason.SIGNATURE_ALGORITHM_REFUSED),
    ],
)
def test_what_does_not_count_is_refused_by_its_rule(
    signed: Mapping[str, bytes], name: str, reason: Reason
) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        cms.check_signature(signed[f"{name}.p7s"], CONTENT)
    assert refused.value.reason is reason


def test_a_changed_octet_of_its_signature_is_told(signed: Mapping[str, bytes]) -> None:
    for name in ("detached-der", "pss-256", "key-identifier", "large-attributes-der"):
        changed = bytearray(signed[f"{name}.p7s"])
        changed[-10] ^= 1
        with pytest.raises(OpenJpkiError) as refused:
            cms.check_signature(bytes(changed), CONTENT)
        assert refused.value.reason is Reason.SIGNATURE_INVALID


SIGNED = {
    "authority.by-authority.crt": "",
    "authority-next.by-authority-next.crt": "",
    "new-with-old.by-authority.crt": "",
    "old-with-new.by-authority-next.crt": "",
    "bridge.by-bridge.crt": "",
    "cross.by-authority.crt": "",
    "responder.by-authority.crt": "",
    "user.by-authority.crt": "",
    "users.by-authority.crl": ", number 2047, entries 2",
    "authorities.by-authority.crl": ", number 2047, entries 0",
    "ocsp-response.by-responder.ocsp": ", good",
    "user.csr": "",
    "document.p7s": ", names its certificate",
}
"""What is put before it, by whom it is signed, and what it is to say beside that."""


def test_it_reads_what_is_made_here(tmp_path: Path) -> None:
    """The examples of docs/profile.md, a request as `window make-key` makes it, a signature as
    `sign` does: signatures hold, and the octets are the ones that DER has for them."""
    for path in EXAMPLES.glob("*.pem"):
        pem = x509.load_pem_x509_certificate(path.read_bytes())
        der = pem.public_bytes(serialization.Encoding.DER)
        (tmp_path / f"{path.stem}.cer").write_bytes(der)
    for name in SIGNED:
        what, by, rest = name.partition(".by-")
        kind = rest.rpartition(".")[2]
        if by:
            source = {
                "crt": tmp_path / f"{what}.cer",
                "crl": EXAMPLES / f"{what}.crl",
                "ocsp": EXAMPLES / f"{what}.der",
            }[kind]
            shutil.copy(source, tmp_path / name)
    shutil.copy(EXAMPLES / "ocsp-request.der", tmp_path / "question.asked")
    (tmp_path / "user.csr").write_bytes(certification_request(samples.key("person")))
    (tmp_path / "content").write_bytes(CONTENT)
    person = samples.user_certificate()
    signature = cms.sign_detached(CONTENT, person, samples.key("person"), samples.NOW)
    (tmp_path / "document.p7s").write_bytes(signature)
    said = {name: f"signature holds, DER{more}" for name, more in SIGNED.items()}
    assert judge("read", tmp_path) == {**said, "question.asked": "about 1, DER"}


def test_it_tells_a_signature_that_does_not_hold(tmp_path: Path) -> None:
    """So that what it says above means something."""
    for name in ("authority", "bridge"):
        pem = x509.load_pem_x509_certificate((EXAMPLES / f"{name}.pem").read_bytes())
        der = pem.public_bytes(serialization.Encoding.DER)
        (tmp_path / f"{name}.cer").write_bytes(der)
    shutil.copy(tmp_path / "authority.cer", tmp_path / "authority.by-bridge.crt")
    said = judge("read", tmp_path)
    assert said == {"authority.by-bridge.crt": "SIGNATURE DOES NOT HOLD, DER"}
