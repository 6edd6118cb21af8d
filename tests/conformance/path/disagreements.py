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
    """A class of cases. ``ours``, ``theirs``, ``field`` and ``text`` are regular expressions."""

    ours: str
    """Our whole reason, or ``accept``."""
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


TABLE: Final = (
    Disagreement(
        ours="unreadable|no_path|revocation_unknown|malformed|key_refused|signature_invalid",
        der=False,
        why="RFC 5280 4.1, 5.1: certificates and lists are DER (X.690 10, 11). It encodes again "
        "what it read, and verifies the signature over that; we read what came.",
    ),
    Disagreement(
        ours="unreadable|no_path|revocation_unknown", openssl=False,
        why="RFC 5280 4.1, 5.1: what does not parse as the standard's ASN.1 is no certificate or "
        "list. It parses a field only when it looks at it; openssl refuses too.",
    ),
    Disagreement(
        ours="malformed", openssl=False,
        why="RFC 5280 4: a MUST of the profile that it does not ask about; openssl refuses too.",
    ),
    Disagreement(
        ours="malformed|no_path|unreadable", field=r"(authority|target)\.",
        why="RFC 5280 4.1.2.4, 4.2: an extension twice or with a value that is not DER of it, a "
        "name whose value is no text of its type. It and openssl do not ask about all of them.",
    ),
    Disagreement(
        ours="revocation_unknown", field=r"list\.",
        why="RFC 5280 5.1, 5.2: a list whose extensions or times are not as the profile says is "
        "not used. It and openssl read less of a list.",
    ),
    Disagreement(
        ours="key_refused", field=r"target|list",
        why="RFC 3279 2.3, RFC 5480 2.2: the target's key is no key of its algorithm. It never "
        "reads it.",
    ),
    Disagreement(
        ours="name_constraint_unsupported", field=r"authority\.nameConstraints",
        why="RFC 5280 4.2.1.10: a constraint that cannot be processed (another form, a minimum, "
        "or a maximum) and a name of its form refuse the certificate. It passes over it.",
    ),
    Disagreement(
        ours="accept", theirs="PathBuildingError",
        text="Unable to build a validation path",
        field=r"(authority|target)\.",
        why="RFC 4158 3.5.12: key identifiers order candidates and MUST NOT eliminate them; it and "
        "openssl build no path where they differ.",
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
            and re.fullmatch(row.theirs, theirs)
            and re.match(row.field, judged.mutation.field)
            and re.search(row.text, second.text)
            and row.openssl in {None, third.valid}
            and row.der in {None, is_der(judged.mutation.changed)}
        ):
            return row
    return None
