"""Which lists of an authority there are, by ca's own word (ADR 34): signed, of now, and no older
than what was heard before. So a service that withholds a partition, or says an older one is the
newest, is found out.

>>> from openjpki.client.signed_list_sets import SignedListSets

Needs ``openjpki[cli]``: statements are CBOR, and their keys are looked at, by libraries that a
client does not need otherwise.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.client.kept_list import CLOCKS_DIFFER
from openjpki.client.list_files import mark_of, one_writer, read_marked, write_whole
from openjpki.client.list_set import ListSet
from openjpki.client.named_lists import named
from openjpki.domain.evidence import ListsPublished, StatedList
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cose import require_signed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from openjpki.client.list_files import Mark
    from openjpki.domain.authority import AuthorityId
    from openjpki.evidence.public_key import StatementPublicKey

MOST_OLD = timedelta(minutes=15)
"""What is said now was signed so long ago at most, as this machine's clock has it."""
OLDEST = timedelta(days=1)
"""What is kept counts for so long, unless who verifies wants less."""
_FIELD = "manifest"
_SUFFIX = ".set"
_SERVICE = "ca"


class SignedListSets:
    """Sets as they are answered, and as they are kept beside the lists: of an authority a file."""

    def __init__(
        self, folder: Path, keys: Iterable[StatementPublicKey], oldest: timedelta = OLDEST
    ) -> None:
        """``keys``: of ca's receipts, obtained with the agreement. ``oldest``: how old what is kept
        may be; a service that says nothing keeps a newer set from anybody."""
        self._folder = folder
        self._oldest = oldest
        self._known: dict[AuthorityId, tuple[Mark, ListSet]] = {}
        self._keys = {one.sha256: one for one in keys}

    def require(
        self,
        authority_id: AuthorityId,
        answer: ocsp_pb2.ListRevocationListsResponse,
        now: datetime,
    ) -> ListSet:
        """What an answer says, where ca signed it just now, and after the set that is kept.

        Raises ``CRL_REFUSED``, ``EVIDENCE_SIGNATURE_INVALID``.
        """
        said = self._signed(authority_id, answer)
        if not now - MOST_OLD <= said.made_at <= now + CLOCKS_DIFFER:
            raise _refused(f"is of {said.made_at:%F %T}Z, not of now")
        before = self._kept_before(authority_id)
        # Instances of ca have a clock each; what tells an older set are the numbers.
        if before is not None and said.made_at < before.made_at - CLOCKS_DIFFER:
            raise _refused(f"is older than the one that is kept, of {before.made_at:%F %T}Z")
        if before is not None:
            _require_no_older(said, before)
        return said

    def keep(self, authority_id: AuthorityId, answer: ocsp_pb2.ListRevocationListsResponse) -> None:
        """Beside the lists, whichever of them are there. Raises ``OSError``."""
        with one_writer(self._folder):
            write_whole(self._file(authority_id), answer.SerializeToString(deterministic=True))

    def kept(self, authority_id: AuthorityId, now: datetime) -> ListSet:
        """Raises ``FEED_NOT_READY`` without one that is signed, is not too old, and is not of the
        future by this machine's clock."""
        try:
            found = self._read(authority_id)
        except (OpenJpkiError, OSError) as error:
            raise _nothing(f"the set of lists of {authority_id} can't be used") from error
        if found is None:
            raise _nothing(f"there is no signed set of lists of {authority_id}")
        if now < found.made_at - CLOCKS_DIFFER:
            raise _nothing(
                f"the set of lists is of {found.made_at:%F %T}Z: this machine's clock is behind"
            )
        if now > found.made_at + self._oldest:
            raise _nothing(
                f"the set of lists is of {found.made_at:%F %T}Z: the lists were not brought up to"
                " date since"
            )
        return found

    def _kept_before(self, authority_id: AuthorityId) -> ListSet | None:
        try:
            return self._read(authority_id)
        except (OpenJpkiError, OSError):
            # Whoever may write there could take it away as well.
            return None

    def _read(self, authority_id: AuthorityId) -> ListSet | None:
        file = self._file(authority_id)
        known = self._known.get(authority_id)
        if known is not None and known[0] == mark_of(file):
            # Its signature was checked when it was read.
            return known[1]
        try:
            octets, mark = read_marked(file)
        except FileNotFoundError:
            return None
        try:
            answer = ocsp_pb2.ListRevocationListsResponse.FromString(octets)
        except DecodeError as error:
            raise _refused("is no set of lists") from error
        found = self._signed(authority_id, answer)
        self._known[authority_id] = (mark, found)
        return found

    def _file(self, authority_id: AuthorityId) -> Path:
        return self._folder / f"{authority_id}{_SUFFIX}"

    def _signed(
        self, authority_id: AuthorityId, answer: ocsp_pb2.ListRevocationListsResponse
    ) -> ListSet:
        key = self._keys.get(answer.manifest.key_sha256)
        if key is None:
            raise _refused(
                "is signed by a key that is not trusted here"
                if answer.HasField("manifest")
                else "is not there: the service does not show that these are all lists"
            )
        lists = tuple(
            StatedList(
                generation=one.generation,
                partition=one.partition,
                issuer_sha256=one.issuer_sha256,
                number=one.number,
                this_update=one.this_update,
                next_update=one.next_update,
                sha256=one.sha256,
                length=one.length,
            )
            for one in answer.lists
        )
        try:
            made_at = datetime.fromtimestamp(answer.manifest.made_at, UTC)
        except (OverflowError, ValueError, OSError) as error:
            raise _refused("was made at no time that there is") from error
        stated = ListsPublished(
            service=_SERVICE, authority_id=authority_id, made_at=made_at, lists=lists
        )
        require_signed(stated, answer.manifest.signature, key, field=_FIELD)
        return ListSet(made_at, tuple(named(authority_id, one) for one in answer.lists))


def _require_no_older(said: ListSet, before: ListSet) -> None:
    """Numbers rise. One that was lower would have what the newer list says forgotten, whoever set
    ca's books back."""
    numbers = {(one.issuer_sha256, one.partition): one.number for one in said.lists if one.sha256}
    for one in before.lists:
        if numbers.get((one.issuer_sha256, one.partition), one.number) < one.number:
            raise _refused(
                f"has an older list of partition {one.partition} than the set that is kept"
            )


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CRL_REFUSED, rule, field=_FIELD)


def _nothing(why: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.FEED_NOT_READY, why, field="lists")
