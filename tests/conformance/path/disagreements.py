"""Where the second opinion and we differ over changed paths, each with the sentence that decides.

A row says what must be true of a case beside the two verdicts: that the changed octets are no DER,
that openssl sides with us, or which field was changed. ``test_second_opinion.py`` reads this table:
a disagreement that no row explains fails it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.support.der_tree import is_der

if TYPE_CHECKING:
    from tests.conformance.path.judges import Judged


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A class of cases. ``ours``, ``rule``, ``theirs``, ``field`` and ``text`` are regular
    expressions."""

    ours: str
    """Our whole reason, or ``accept``."""
    rule: str = ""
    """How the rule begins that we say is broken."""
    left_out: bool = False
    """Whether what was changed was not read, and so left out of the pool."""
    theirs: str = "accept"
    """The whole class of its error, or ``accept``."""
    field: str = ""
    """How the field of the change begins."""
    text: str = ""
    """Something in its words."""
    openssl: bool | None = None
    """Whether openssl accepts; nothing where that decides nothing."""
    der: bool | None = None
    """Whether what was changed is still DER."""
    why: str
    """The rule, and who is right."""


_NOT_DER: Final = (
    "RFC 5280 4.1, 5.1: certificates and lists are DER (X.690 10, 11). It encodes again what it "
    "read, and verifies the signature over that; we read what came."
)
_NOT_ITS_SYNTAX: Final = (
    "RFC 5280 4.1, 5.1: what does not parse as the standard's ASN.1 is no certificate or list. It "
    "parses a field only when it looks at it; openssl refuses too."
)
_LAZY: Final = (
    "RFC 5280 4.1.2.4, 4.2, 5.2: a name's value is text of its type, an extension's value DER of "
    "its. It and openssl do not look into all of them."
)
_NO_KEY: Final = (
    "RFC 3279 2.3, RFC 5480 2.2: the target's key is no key of its algorithm. It never reads it."
)


def _profile(section: str, rule: str, what: str) -> Disagreement:
    """A MUST of RFC 5280 4 that the second opinion does not ask about."""
    return Disagreement(
        ours="malformed", rule=rule, field=r"(authority|target)\.",
        why=f"RFC 5280 {section}: {what} It does not ask.",
    )  # fmt: skip


TABLE: Final = (
    Disagreement(ours="unreadable", der=False, why=_NOT_DER),
    Disagreement(
        ours="no_path", field=r"authority\.", left_out=True, der=False, why=_NOT_DER,
    ),
    Disagreement(
        ours="revocation_unknown", field=r"list\.", left_out=True, der=False, why=_NOT_DER,
    ),
    Disagreement(
        ours="unreadable", field=r"target\.", openssl=False, why=_NOT_ITS_SYNTAX,
    ),
    Disagreement(
        ours="no_path", field=r"authority\.", left_out=True, openssl=False, why=_NOT_ITS_SYNTAX,
    ),
    Disagreement(
        ours="revocation_unknown", field=r"list\.", left_out=True, openssl=False,
        why=_NOT_ITS_SYNTAX,
    ),
    Disagreement(ours="unreadable", field=r"target\.", openssl=True, why=_LAZY),
    Disagreement(
        ours="no_path", field=r"authority\.", left_out=True, openssl=True, why=_LAZY,
    ),
    Disagreement(
        ours="revocation_unknown", field=r"list\.", left_out=True, openssl=True, why=_LAZY,
    ),
    Disagreement(
        ours="revocation_unknown", rule="the list has no number, or a critical one",
        field=r"list\.",
        why="RFC 5280 5.2.3: every list has a cRLNumber, which is not critical. Neither asks.",
    ),
    Disagreement(
        ours="revocation_unknown", rule="no list covers it", field=r"list\.issuer|list\.entries\+",
        openssl=False,
        why="RFC 5280 5.1.2.3, 7.1: a list of another name is another's, and every value of a name "
        "counts. Of an attribute that is there twice it keeps one; openssl compares as we do.",
    ),
    Disagreement(
        ours="revocation_unknown", rule="no list covers it", field=r"list\.extensions\+",
        openssl=False,
        why="RFC 5280 5.2.5, 6.3.3 (b): the changed list is about something else. It asks less of "
        "a scope; openssl takes none either.",
    ),
    Disagreement(
        ours="revocation_unknown", rule="the lists that cover it are of another time",
        field=r"list\.nextUpdate", openssl=False,
        why="RFC 5280 5.1.2.5, 4.1.2.5.1: a list ends with its nextUpdate. It looks at the time "
        "otherwise; openssl says that the list has expired.",
    ),
    _profile("4.2", "extensions: one is there twice", "a certificate MUST NOT include more than "
             "one instance of an extension."),
    _profile("4.2.1.4", "certificatePolicies: one is there twice", "a policy MUST NOT appear more "
             "than once."),
    _profile("4.1.1.2", "signature: another algorithm", "both fields MUST contain the same "
             "algorithm identifier."),
    _profile("4.1.2.1", "version: there is no later", "a version is 1, 2 or 3."),
    _profile("4.1.2.9", "extensions: only version 3", "this field MUST only appear if the version "
             "is 3."),
    _profile("4.1.2.2", "serialNumber: not positive", "the serial number MUST be a positive "
             "integer."),
    _profile("4.1.2.2", "serialNumber: longer", "it MUST NOT be longer than 20 octets."),
    _profile("4.1.2.8", "uniqueIdentifiers:", "they MUST only appear if the version is 2 or 3."),
    _profile("4.1.2.4", "issuer: an empty name", "the issuer MUST have a name that is not empty."),
    _profile("4.1.2.6", "subject:", "an empty subject MUST have a critical subjectAltName, and an "
             "authority's MUST NOT be empty."),
    _profile("4.2.1.1", "authorityKeyIdentifier:", "it MUST be there, and MUST NOT be critical."),
    _profile("4.2.1.2", "subjectKeyIdentifier:", "it MUST be in every authority's certificate, "
             "and MUST NOT be critical."),
    _profile("4.2.1.3", "keyUsage: no bit", "at least one of the bits MUST be set."),
    _profile("4.2.1.9", "keyUsage: keyCertSign", "without cA keyCertSign MUST NOT be asserted."),
    _profile("4.2.1.9", "basicConstraints: pathLen", "no pathLenConstraint without cA."),
    _profile("4.2.1.10", "nameConstraints:", "it MUST be in authorities' certificates alone, MUST "
             "be critical, and MUST NOT be empty."),
    _profile("appendix A.2", r"\w+: an empty sequence", "a SEQUENCE SIZE (1..MAX) has an element."),
    Disagreement(
        ours="key_refused", rule="the point is|the curve is|the key is|the modulus|the exponent",
        field=r"target\.", why=_NO_KEY,
    ),
    Disagreement(
        ours="name_constraint_unsupported", field=r"authority\.nameConstraints",
        why="RFC 5280 4.2.1.10: a constraint that cannot be processed (another form, a minimum, "
        "or a maximum) and a name of its form refuse the certificate. It passes over it.",
    ),
    Disagreement(
        ours="accept", theirs="PathValidationError", text="permitted namespace",
        field=r"authority\.nameConstraints", openssl=True,
        why="RFC 5280 4.2.1.10: any name made by adding zero or more labels satisfies the "
        "constraint, so the empty dNSName permits every one. It takes it for none.",
    ),
    Disagreement(
        ours="accept", theirs="PathBuildingError",
        text="Unable to build a validation path",
        field=r"(authority|target)\.", openssl=False,
        why="RFC 4158 3.5.12: key identifiers order candidates and MUST NOT eliminate them; it and "
        "openssl build no path where they differ.",
    ),
    Disagreement(
        ours="accept", theirs="PathBuildingError", text="no issuer matching", openssl=True,
        field=r"authority\.\w+\+",
        why="RFC 5280 7.1: the values of one relative name are a set, whatever their order. It "
        "compares what it encodes; openssl accepts.",
    ),
    Disagreement(
        ours="accept", theirs="Unreadable", field=r"(authority|target)\.(subject|issuer)",
        text="bytes-like object", openssl=False,
        why="RFC 5280 4.1.2.4, 7.1: an attribute of an unknown type may hold any type, and is "
        "compared as it stands. Both want a string of every attribute.",
    ),
    Disagreement(
        ours="accept", theirs="InsufficientRevinfoError", field=r"list\.",
        why="RFC 5280 5.2.1, 7.1: a list is its issuer's by name and signature, and names are "
        "compared as RFC 4518 prepares them; it wants key identifiers and its own idea of names.",
    ),
)  # fmt: skip


def explained(judged: Judged) -> Disagreement | None:
    """The row for a disagreement, if there is one."""
    second, third = judged.second, judged.openssl
    assert second is not None
    assert third is not None
    ours = "accept" if judged.ours.accepted else str(judged.ours.reason)
    theirs = "accept" if second.valid else second.kind
    for row in TABLE:
        if (
            re.fullmatch(row.ours, ours)
            and re.match(row.rule, judged.ours.rule or "")
            and row.left_out <= (judged.ours.left_out > 0)
            and re.fullmatch(row.theirs, theirs)
            and re.match(row.field, judged.mutation.field)
            and re.search(row.text, second.text)
            and row.openssl in {None, third.valid}
            and row.der in {None, is_der(judged.mutation.changed)}
        ):
            return row
    return None
