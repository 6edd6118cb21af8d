"""Steps ⑧ and ⑨: a signed application to an agency, and the agency's check."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from openjpki.cli.key_file import load_key
from openjpki.client import AgencyClient
from openjpki.rpc.identity.roles import PeerRole
from openjpki.x509.foreign.cms import sign_detached
from openjpki_devkit.demo.journey import PASSPHRASE, expect

if TYPE_CHECKING:
    from openjpki_devkit.demo.journey import Journey

_APPLICATION = """\
所得税の確定申告書

税務署長　殿

次のとおり申告します。
この申告書には、公的個人認証サービスの署名用電子証明書により電子署名を行いました。
"""


def sign_application(journey: Journey) -> None:
    """⑧: application.txt and its detached signature."""
    with journey.transcript.step("⑧", "application to an agency signed", "電子署名") as step:
        content = _APPLICATION.encode()
        certificate = x509.load_pem_x509_certificate((journey.results / "user.pem").read_bytes())
        signature = sign_detached(
            content,
            certificate.public_bytes(serialization.Encoding.DER),
            load_key(journey.results / "user.key", PASSPHRASE),
            datetime.now(UTC),
        )
        (journey.results / "application.txt").write_bytes(content)
        (journey.results / "application.p7s").write_bytes(signature)
        step.facts = {"signature": f"detached CMS, {len(signature)} octets"}


def verify_application(journey: Journey, *, valid: bool) -> None:
    """⑨: the tax office checks the whole document, before and after the revocation."""
    title = "agency verifies: valid" if valid else "agency verifies: refused"
    with journey.transcript.step("⑨", title, "署名検証") as step:
        folder = journey.credentials(PeerRole.VERIFIER, "tax-office").certificate.parent
        with AgencyClient.from_folder(folder) as client:
            result = client.verify_signed_document(
                (journey.results / "application.p7s").read_bytes(),
                (journey.results / "application.txt").read_bytes(),
            )
        expect(f"the document to be {'valid' if valid else 'refused'}", holds=result.valid is valid)
        step.facts = {each.name.value: each.text for each in result.checks}
