"""All lists of an authority at one moment, as somebody vouches for it (ADR 34)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.api.ocsp.v1 import ocsp_pb2
    from openjpki.client.authorities import TrustedAuthority
    from openjpki.client.kept_list import KeptList
    from openjpki.client.named_lists import NamedList
    from openjpki.domain.authority import AuthorityId


@dataclass(frozen=True, slots=True)
class ListSet:
    """What there was."""

    made_at: datetime
    lists: tuple[NamedList, ...]

    def require(self, kept: KeptList, issuer: TrustedAuthority, partition: str) -> None:
        """That a list is the one that the set names, or came later. Raises ``FEED_NOT_READY``."""
        fingerprint = hashlib.sha256(issuer.certificate.public_bytes(Encoding.DER)).digest()
        made_at = self.made_at
        for one in self.lists:
            # One without a digest: ca has none there, or none that it can read.
            if one.sha256 and (one.issuer_sha256, one.partition) == (fingerprint, partition):
                if kept.facts.number < one.number:
                    raise _nothing(
                        f"the list of partition {partition} is older than in the set of lists"
                        f" of {made_at:%F %T}Z"
                    )
                if kept.facts.number == one.number and kept.sha256 != one.sha256:
                    raise _nothing(
                        f"the list of partition {partition} is another than in the set of lists"
                        f" of {made_at:%F %T}Z"
                    )
                return
        raise _nothing(f"the set of lists of {made_at:%F %T}Z has no list of partition {partition}")


class ListSets(Protocol):
    """Sets as they are answered, and as they are kept beside the lists. To check who vouches for
    one takes more than a client needs otherwise: ``openjpki.client.signed_list_sets``."""

    def require(
        self,
        authority_id: AuthorityId,
        answer: ocsp_pb2.ListRevocationListsResponse,
        now: datetime,
    ) -> ListSet:
        """What an answer says, which is of now. Raises ``CRL_REFUSED``,
        ``EVIDENCE_SIGNATURE_INVALID``."""
        ...

    def keep(self, authority_id: AuthorityId, answer: ocsp_pb2.ListRevocationListsResponse) -> None:
        """Beside the lists, whichever of them are there. Raises ``OSError``."""
        ...

    def kept(self, authority_id: AuthorityId, now: datetime) -> ListSet:
        """Raises ``FEED_NOT_READY`` without one that can be used."""
        ...


def _nothing(why: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.FEED_NOT_READY, why, field="lists")
