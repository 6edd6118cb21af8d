"""pkilint over certificates, revocation lists and OCSP responses, as its command line does it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from pkilint import loader, pkix
from pkilint.pkix import certificate, crl, extension, name, ocsp
from pkilint.validation import ValidationFindingSeverity, ValidationResult, ValidatorContainer


@dataclass(frozen=True)
class Finding:
    """One remark of the linter."""

    severity: ValidationFindingSeverity
    code: str
    node: str
    message: str | None

    @property
    def is_error(self) -> bool:
        return bool(self.severity <= ValidationFindingSeverity.ERROR)  # 0 is the worst


def explained() -> set[str]:
    """Codes of the findings that docs/lint-notes.md gives a reason for."""
    notes = (Path(__file__).parents[2] / "docs" / "lint-notes.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([\w.]+)` \|", notes, re.MULTILINE))


def unexplained(findings: list[Finding]) -> list[Finding]:
    """Errors, and lesser findings without a reason."""
    known = explained()
    return [one for one in findings if one.is_error or one.code not in known]


def lint_certificate(der: bytes) -> list[Finding]:
    """Findings against RFC 5280, of NOTICE and above."""
    document = loader.load_certificate(der, "certificate")
    return _findings(_certificate_linter().validate(document.root))


def lint_crl(der: bytes) -> list[Finding]:
    """Findings against RFC 5280, of NOTICE and above."""
    document = loader.RFC5280CertificateListDocumentLoader().load_der_document(der, "crl")
    return _findings(_crl_linter().validate(document.root))


def lint_ocsp_response(der: bytes) -> list[Finding]:
    """Findings against RFC 6960, of NOTICE and above."""
    document = loader.RFC6960OCSPResponseDocumentLoader().load_der_document(der, "response")
    return _findings(_ocsp_response_linter().validate(document.root))


@functools.cache
def _certificate_linter() -> ValidatorContainer:
    return certificate.create_pkix_certificate_validator_container(
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


@functools.cache
def _crl_linter() -> ValidatorContainer:
    return crl.create_pkix_crl_validator_container(
        [
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [
            crl.create_issuer_validator_container([]),
            crl.create_validity_validator_container([]),
            crl.create_extensions_validator_container([]),
        ],
    )


@functools.cache
def _ocsp_response_linter() -> ValidatorContainer:
    return ocsp.create_pkix_ocsp_response_validator_container(
        [
            ocsp.create_response_decoder(),
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [],
    )


def _findings(results: list[ValidationResult]) -> list[Finding]:
    return [
        Finding(
            one.finding.severity, one.finding.code, result.node.path, getattr(one, "message", None)
        )
        for result in results
        for one in result.finding_descriptions
        if one.finding.severity <= ValidationFindingSeverity.NOTICE
    ]
