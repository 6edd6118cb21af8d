"""One numbering of a certificate's status: domain, contract and index."""

from __future__ import annotations

from openjpki import signer_core
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.certificate_status import CertificateStatus

_PREFIX = "CERTIFICATE_STATUS_"


def test_the_contract_numbers_as_the_domain_does() -> None:
    contract = {
        name.removeprefix(_PREFIX): number
        for name, number in revocation_pb2.CertificateStatus.items()
        if number != revocation_pb2.CERTIFICATE_STATUS_UNSPECIFIED
    }
    assert contract == {one.name: one.value for one in CertificateStatus}


def test_the_index_numbers_as_the_domain_does() -> None:
    index = {
        name.removeprefix("STATUS_"): getattr(signer_core, name)
        for name in dir(signer_core)
        if name.startswith("STATUS_")
    }
    assert index == {one.name: one.value for one in CertificateStatus}
