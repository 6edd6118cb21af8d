"""A verifier's entry: the message as an operator hands it over, and as it is listed."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ocsp.verifiers import VerifierRecord
from openjpki.x509.der import require_single_value
from openjpki.x509.foreign.key_rules import ENROLLED_KEYS, require_key
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_CERTIFICATE_BYTES = 16 * 1024
_WIDEST = {4: 8, 6: 16}
"""Shortest prefix, by IP version: what is wider is the Internet, not a closed network."""
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


def parse_entry(verifier: ocsp_pb2.Verifier, at: datetime) -> VerifierRecord:
    """The entry with its certificates and networks checked.

    Raises ``INVALID_FIELD``, ``MALFORMED_DER``, ``TRAILING_BYTES``, ``MESSAGE_TOO_LARGE``, each
    naming the field with its place in the list.
    """
    return VerifierRecord(
        verifier_id=verifier.verifier_id,
        display_name=verifier.display_name,
        authority_ids=_authorities(verifier.authority_ids),
        request_signers=_certificates(verifier.request_signers),
        closed_networks=_networks(verifier.closed_networks),
        registered_at=at,
    )


def verifier_message(record: VerifierRecord) -> ocsp_pb2.Verifier:
    """The entry as it stands in the registry."""
    return ocsp_pb2.Verifier(
        verifier_id=record.verifier_id,
        display_name=record.display_name,
        authority_ids=map(str, sorted(record.authority_ids)),
        request_signers=sorted(record.request_signers),
        closed_networks=sorted(record.closed_networks),
    )


def parse_network(text: str, *, field: str) -> Network:
    """A network in CIDR form without host bits. Raises ``INVALID_FIELD``."""
    try:
        network = ipaddress.ip_network(text, strict=True)
    except ValueError:
        raise _refuse("must be a network in CIDR form without host bits", field) from None
    if "/" not in text:
        raise _refuse("must state its prefix length, e.g. 192.0.2.0/24", field)
    if network.prefixlen < _WIDEST[network.version]:
        raise _refuse(
            f"must have a prefix of at least /{_WIDEST[network.version]}: it must be closed", field
        )
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        raise _refuse("must be written as an IPv4 network", field)
    return network


def _authorities(texts: Sequence[str]) -> frozenset[AuthorityId]:
    return frozenset(
        AuthorityId.parse(text, field=f"verifier.authority_ids[{place}]")
        for place, text in enumerate(texts)
    )


def _certificates(ders: Sequence[bytes]) -> frozenset[bytes]:
    for place, der in enumerate(ders):
        field = f"verifier.request_signers[{place}]"
        require_single_value(der, field=field, max_bytes=MAX_CERTIFICATE_BYTES)
        require_key(read_certificate(der, field=field).key, field=field, rule=ENROLLED_KEYS)
    return frozenset(ders)


def _networks(texts: Sequence[str]) -> frozenset[str]:
    return frozenset(
        str(parse_network(text, field=f"verifier.closed_networks[{place}]"))
        for place, text in enumerate(texts)
    )


def _refuse(rule: str, field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field=field)
