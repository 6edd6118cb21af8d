"""A list of an authority of its own, which another one's certificates name (RFC 5280 5.3.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.errors import OpenJpkiError, Reason
from tests.support.foreign_authorities import MINISTRY_POLICY, TO_MINISTRY

if TYPE_CHECKING:
    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge

POINT = "http://lists.example/indirect.crl"
# A cross certificate above requires a policy of every path, of that to whoever signs lists too.
SIGNER = f"""
    basicConstraints = critical, CA:FALSE
    certificatePolicies = {MINISTRY_POLICY}
    keyUsage = critical, cRLSign
    subjectKeyIdentifier = hash
    authorityKeyIdentifier = keyid
    """


class Lists:
    """Of the ministry's making: it signs lists, and no certificate."""

    def __init__(self, abroad: Abroad) -> None:
        self.ministry, self._number = abroad.ministry, 0
        self.unit = f"Lists of {abroad.partner_id}"
        self.key, request = self._request("lists", f"/C=JP/O=Example\\ Government/OU={self._unit}")
        self.certificate = self.ministry.certify(request, "lists", SIGNER)

    @property
    def _unit(self) -> str:
        return self.unit.replace(" ", "\\ ")

    def official(self) -> bytes:
        """A certificate of the ministry's that names these lists, DER."""
        _, request = self._request("named", "/C=JP/O=Example/CN=Named")
        extensions = f"""
keyUsage = critical, digitalSignature
certificatePolicies = critical, {MINISTRY_POLICY}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = point
[point]
fullname = URI:{POINT}
CRLissuer = dirName:issuer
[issuer]
C = JP
O = Example Government
OU = {self.unit}
"""
        return self.ministry.certify(request, "named", extensions)

    def list_of(self, *revoked: bytes, indirect: bool = True) -> bytes:
        """The next list, with these certificates (DER) revoked; DER."""
        now = datetime.now(UTC)
        self._number += 1
        signer = x509.load_der_x509_certificate(self.certificate)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(signer.subject)
            .last_update(now - timedelta(minutes=1))
            .next_update(now + timedelta(days=1))
            .add_extension(x509.CRLNumber(self._number), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.IssuingDistributionPoint(
                    full_name=[x509.UniformResourceIdentifier(POINT)],
                    relative_name=None,
                    only_contains_user_certs=False,
                    only_contains_ca_certs=False,
                    only_some_reasons=None,
                    indirect_crl=indirect,
                    only_contains_attribute_certs=False,
                ),
                critical=True,
            )
        )
        for der in revoked:
            ended = x509.load_der_x509_certificate(der)
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(ended.serial_number)
                .revocation_date(now - timedelta(minutes=2))
                .add_extension(
                    x509.CertificateIssuer([x509.DirectoryName(ended.issuer)]), critical=True
                )
                .build()
            )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _request(self, name: str, subject: str) -> tuple[rsa.RSAPrivateKey, bytes]:
        self.ministry.run(
            f"req -new -newkey rsa:2048 -noenc -sha256 -subj {subject}"
            f" -keyout {name}.key.pem -outform DER -out {name}.der"
        )
        folder = self.ministry.folder
        key = load_pem_private_key((folder / f"{name}.key.pem").read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return key, (folder / f"{name}.der").read_bytes()


def reasons(answer: pb.ValidateResponse) -> list[pb.RefusalReason.ValueType]:
    return [one.reason for one in answer.refusals]


def test_an_indirect_list_counts_for_whom_its_entries_name(
    bridge: RunningBridge, abroad: Abroad
) -> None:
    partner, ministry = abroad.partner_id, abroad.ministry
    bridge.with_foreign(partner, abroad.government)
    to_ministry = abroad.government.cross_certify(
        ministry.certification_request(), [TO_MINISTRY], "to-ministry"
    )
    bridge.submit(partner, to_ministry)
    bridge.submit_list(partner, abroad.government.revocation_list())
    lists = Lists(abroad)
    official = lists.official()
    first = lists.list_of()
    # Of an issuer that nobody has certified to the bridge.
    with pytest.raises(OpenJpkiError) as refused:
        bridge.submit_list(partner, first)
    assert refused.value.reason is Reason.CRL_REFUSED
    bridge.submit(partner, lists.certificate)
    unknown = [pb.REFUSAL_REASON_REVOCATION_UNKNOWN]
    assert reasons(bridge.validate(official)) == unknown
    # One that is not indirect speaks of its own issuer's certificates alone.
    bridge.submit_list(partner, lists.list_of(indirect=False))
    assert reasons(bridge.validate(official)) == unknown
    # Whoever signs lists must not be revoked either.
    bridge.submit_list(partner, ministry.revocation_list())
    bridge.submit_list(partner, first)
    assert bridge.validate(official).valid
    # Another's certificate is revoked, and what does not name these lists asks nothing of them.
    bridge.submit_list(partner, lists.list_of(abroad.official))
    newest = lists.list_of(abroad.official, official)
    assert bridge.validate(official).valid
    bridge.submit_list(partner, newest)
    assert reasons(bridge.validate(official)) == [pb.REFUSAL_REASON_REVOKED]
    assert bridge.validate(abroad.official).valid
