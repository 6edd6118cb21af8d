"""Extensions of certificates and lists, octet by octet (RFC 5280 4.2, 5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import der

if TYPE_CHECKING:
    from collections.abc import Iterable

POLICY: Final = "1.3.6.1.4.1.32473.1"
ANY_POLICY: Final = "2.5.29.32.0"
UNKNOWN: Final = "1.3.6.1.4.1.32473.77"

SUBJECT_KEY: Final = "2.5.29.14"
KEY_USAGE: Final = "2.5.29.15"
ALTERNATIVE_NAMES: Final = "2.5.29.17"
BASIC_CONSTRAINTS: Final = "2.5.29.19"
CRL_NUMBER: Final = "2.5.29.20"
CRL_REASON: Final = "2.5.29.21"
DELTA_INDICATOR: Final = "2.5.29.27"
DISTRIBUTION_POINT: Final = "2.5.29.28"
CERTIFICATE_ISSUER: Final = "2.5.29.29"
NAME_CONSTRAINTS: Final = "2.5.29.30"
DISTRIBUTION_POINTS: Final = "2.5.29.31"
POLICIES: Final = "2.5.29.32"
POLICY_MAPPINGS: Final = "2.5.29.33"
AUTHORITY_KEY: Final = "2.5.29.35"
POLICY_CONSTRAINTS: Final = "2.5.29.36"
EXTENDED_USAGE: Final = "2.5.29.37"
INHIBIT_ANY: Final = "2.5.29.54"
AUTHORITY_ACCESS: Final = "1.3.6.1.5.5.7.1.1"

_USAGES: Final = {"signature": 0, "cert": 5, "crl": 6}


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension: its value is what the OCTET STRING holds."""

    oid: str
    value: bytes
    critical: bool | bytes = False
    """Or the octets of the flag."""

    def der(self) -> bytes:
        critical = self.critical
        if isinstance(critical, bool):
            critical = der.TRUE if critical else b""
        return der.sequence(der.oid(self.oid), critical, der.octets(self.value))


def basic_constraints(*, ca: bool, length: int | None = None, critical: bool = True) -> Extension:
    stated = der.TRUE if ca else b""
    limit = b"" if length is None else der.integer(length)
    return Extension(BASIC_CONSTRAINTS, der.sequence(stated, limit), critical)


def key_usage(*usages: str, critical: bool = True) -> Extension:
    mask = sum(0x80 >> _USAGES[one] for one in usages)
    unused = 0 if not mask else (mask & -mask).bit_length() - 1
    content = der.bits(bytes([mask]), unused) if mask else der.bits(b"")
    return Extension(KEY_USAGE, content, critical)


def subject_key(identifier: bytes, *, critical: bool = False) -> Extension:
    return Extension(SUBJECT_KEY, der.octets(identifier), critical)


def authority_key(identifier: bytes, *, critical: bool = False) -> Extension:
    return Extension(AUTHORITY_KEY, der.sequence(der.implicit(0, identifier)), critical)


def policies(*oids: str, critical: bool = False) -> Extension:
    return Extension(
        POLICIES, der.sequence(*(der.sequence(der.oid(one)) for one in oids)), critical
    )


def policy_mappings(*pairs: tuple[str, str], critical: bool = True) -> Extension:
    written = (der.sequence(der.oid(issuer), der.oid(subject)) for issuer, subject in pairs)
    return Extension(POLICY_MAPPINGS, der.sequence(*written), critical)


def policy_constraints(
    *, explicit: int | None = None, mapping: int | None = None, critical: bool = True
) -> Extension:
    content = (
        b"" if explicit is None else der.integer(explicit, 0x80),
        b"" if mapping is None else der.integer(mapping, 0x81),
    )
    return Extension(POLICY_CONSTRAINTS, der.sequence(*content), critical)


def inhibit_any(skip: int, *, critical: bool = True) -> Extension:
    return Extension(INHIBIT_ANY, der.integer(skip), critical)


def extended_usage(*oids: str, critical: bool = False) -> Extension:
    return Extension(EXTENDED_USAGE, der.sequence(*map(der.oid, oids)), critical)


def alternative_names(*names: bytes, critical: bool = False) -> Extension:
    return Extension(ALTERNATIVE_NAMES, der.sequence(*names), critical)


def name_constraints(
    permitted: Iterable[bytes] = (), excluded: Iterable[bytes] = (), *, critical: bool = True
) -> Extension:
    def subtrees(number: int, names: Iterable[bytes]) -> bytes:
        written = [der.sequence(one) for one in names]
        return der.explicit(number, *written) if written else b""

    content = der.sequence(subtrees(0, permitted), subtrees(1, excluded))
    return Extension(NAME_CONSTRAINTS, content, critical)


def crl_number(number: int, *, critical: bool = False) -> Extension:
    return Extension(CRL_NUMBER, der.integer(number), critical)


def delta_indicator(base: int) -> Extension:
    return Extension(DELTA_INDICATOR, der.integer(base), critical=True)


def distribution_points(*points: bytes) -> Extension:
    """cRLDistributionPoints of what ``distribution_point`` makes."""
    return Extension(DISTRIBUTION_POINTS, der.sequence(*points))


def distribution_point(
    *names: bytes, reasons: Iterable[int] | None = None, issuer: bytes | None = None
) -> bytes:
    """A point of a certificate: general names, reasons by their bits, a Name as cRLIssuer."""
    return der.sequence(
        der.explicit(0, der.explicit(0, *names)) if names else b"",
        b"" if reasons is None else der.implicit(1, _reasons(reasons)),
        b"" if issuer is None else der.explicit(2, directory(issuer)),
    )


def issuing_distribution_point(
    names: Iterable[bytes] | None = None,
    *,
    users: bool = False,
    authorities: bool = False,
    reasons: Iterable[int] | None = None,
    indirect: bool = False,
    attributes: bool = False,
) -> Extension:
    """What a list is about (5.2.5)."""

    def flag(number: int, said: bool) -> bytes:  # noqa: FBT001
        return der.implicit(number, b"\xff") if said else b""

    content = der.sequence(
        b"" if names is None else der.explicit(0, der.explicit(0, *names)),
        flag(1, users),
        flag(2, authorities),
        b"" if reasons is None else der.implicit(3, _reasons(reasons)),
        flag(4, indirect),
        flag(5, attributes),
    )
    return Extension(DISTRIBUTION_POINT, content, critical=True)


def _reasons(bits: Iterable[int]) -> bytes:
    """Content octets of ReasonFlags, whose first bit is 0 and last 8; at least one is set."""
    mask = sum(1 << (15 - bit) for bit in set(bits))
    unused = (mask & -mask).bit_length() - 1
    octets = mask.to_bytes(2)[: 1 if unused >= 8 else 2]
    return bytes([unused % 8]) + octets


def crl_reason(reason: int) -> Extension:
    """An entry's (5.3.1)."""
    return Extension(CRL_REASON, der.tlv(10, bytes([reason])))


def certificate_issuer(name: bytes) -> Extension:
    """An entry's, and that of those behind it (5.3.3)."""
    return Extension(CERTIFICATE_ISSUER, der.sequence(directory(name)), critical=True)


def unknown(*, critical: bool = True) -> Extension:
    return Extension(UNKNOWN, b"\x05\x00", critical)


def email(text: str) -> bytes:
    return der.implicit(1, text.encode())


def dns(text: str) -> bytes:
    return der.implicit(2, text.encode())


def directory(name: bytes) -> bytes:
    return der.explicit(4, name)


def uri(text: str) -> bytes:
    return der.implicit(6, text.encode())


def address(*octets: int) -> bytes:
    """An address, or address and mask where it is a constraint."""
    return der.implicit(7, bytes(octets))


def registered(dotted: str) -> bytes:
    return der.implicit(8, der.oid(dotted)[2:])


def other(dotted: str, content: bytes) -> bytes:
    return der.explicit(0, der.oid(dotted), der.explicit(0, content))
