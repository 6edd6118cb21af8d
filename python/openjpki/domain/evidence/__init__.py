"""What officers state and sign: values that signer and verifier each build from what they know.

A statement never travels. Whoever signs makes it from the act at hand, whoever checks makes it from
the request in hand, and the signature over its octets says whether both are the same
(:mod:`openjpki.evidence`). So there is nothing to parse, and nothing in a statement that a verifier
did not look at.
"""

from openjpki.domain.evidence.applications import (
    ApplicationDecided,
    ApplicationSubmitted,
    ApplicationTakenOver,
    IdentityChecked,
    KeyPresented,
    RenewalDecided,
)
from openjpki.domain.evidence.cross_certification import (
    CrossCertificationApproved,
    CrossDirection,
)
from openjpki.domain.evidence.cross_revocation import CrossRevocationApproved
from openjpki.domain.evidence.ex_officio import ErrorFound
from openjpki.domain.evidence.key_generation import (
    KeyAttestation,
    KeyGenerated,
    KeyPlace,
)
from openjpki.domain.evidence.officer_key import OfficerKeyPresented
from openjpki.domain.evidence.published_lists import ListsPublished, StatedList
from openjpki.domain.evidence.receipt import Receipt
from openjpki.domain.evidence.renumbered_list import RenumberedListAccepted
from openjpki.domain.evidence.revocation import RevocationAsked
from openjpki.domain.evidence.signature import OfficerSignature
from openjpki.domain.evidence.statement import Occasion, Statement, StatementKind

__all__ = [
    "ApplicationDecided",
    "ApplicationSubmitted",
    "ApplicationTakenOver",
    "CrossCertificationApproved",
    "CrossDirection",
    "CrossRevocationApproved",
    "ErrorFound",
    "IdentityChecked",
    "KeyAttestation",
    "KeyGenerated",
    "KeyPlace",
    "KeyPresented",
    "ListsPublished",
    "Occasion",
    "OfficerKeyPresented",
    "OfficerSignature",
    "Receipt",
    "RenewalDecided",
    "RenumberedListAccepted",
    "RevocationAsked",
    "StatedList",
    "Statement",
    "StatementKind",
]
