"""Values that are set aside for examples, and this software's own: what is certified under them for
ten years says nothing of who stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from openjpki.domain.policy.authority import AuthorityPolicy, NamePolicy
from openjpki.domain.policy.baseline import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_ARC = "1.3.6.1.4.1.32473"
"""The enterprise number for documentation (RFC 5612)."""
_DOMAINS = ("example", "test", "invalid", "localhost", "example.com", "example.net", "example.org")
"""RFC 2606."""
_USUAL = NamePolicy()
_OID = "is of the arc for examples (RFC 5612)"


def in_policy(policy: AuthorityPolicy) -> Iterator[Violation]:
    """Each field of a policy that still holds such a value."""
    if is_example_oid(policy.certificate_policy_oid):
        yield Violation("certificate_policy_oid", _OID)
    for name in ("cps_uri", "crl_uri", "delta_crl_uri", "ocsp_uri"):
        uri = getattr(policy, name)
        if uri is not None and _is_example_address(uri):
            yield Violation(name, "is at a name for examples (RFC 2606)")
    for one in _in_names(policy.names):
        yield Violation(f"names.{one.field}", one.rule)


def of_bridge(policy_oid: str, names: NamePolicy) -> Iterator[Violation]:
    """The same of what the service bridge is certified by."""
    if is_example_oid(policy_oid):
        yield Violation("policy_oid", _OID)
    yield from _in_names(names)


def _in_names(names: NamePolicy) -> Iterator[Violation]:
    for name in ("organization", "organization_japanese"):
        if getattr(names, name) == getattr(_USUAL, name):
            yield Violation(name, "is this software's name, not an organisation's")


def is_example_oid(oid: str) -> bool:
    """Whether a dotted object identifier is of the arc for examples."""
    return f"{oid}.".startswith(f"{_ARC}.")


def _is_example_address(uri: str) -> bool:
    host = f".{(urlsplit(uri).hostname or '').rstrip('.').lower()}"
    return host.endswith(tuple(f".{domain}" for domain in _DOMAINS))
