"""pkilint as a library: what it finds in a certificate or an OCSP response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pkilint import loader, pkix
from pkilint.pkix import certificate, extension, name, ocsp

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Finding:
    """One finding: severity (DEBUG to FATAL), code, and where."""

    severity: str
    code: str
    path: str


def certificate_findings(der: bytes) -> list[Finding]:
    """RFC 5280, as `lint_pkix_cert` checks it."""
    validator = certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(
            name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS
        ),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )
    document = loader.RFC5280CertificateDocumentLoader().load_der_document(der, "certificate")
    return list(_findings(validator.validate(document.root)))


def ocsp_response_findings(der: bytes) -> list[Finding]:
    """RFC 6960, as `lint_ocsp_response` checks it."""
    validator = ocsp.create_pkix_ocsp_response_validator_container(
        [
            ocsp.create_response_decoder(),
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [],
    )
    document = loader.RFC6960OCSPResponseDocumentLoader().load_der_document(der, "response")
    return list(_findings(validator.validate(document.root)))


def _findings(results: Iterable[Any]) -> Iterable[Finding]:
    for result in results:
        for finding in result.finding_descriptions:
            described = finding.finding
            yield Finding(described.severity.name, described.code, str(result.node.path))
