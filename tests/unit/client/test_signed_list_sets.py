"""Which lists there are, by ca's signed word: what a service that hides one is told by."""

from __future__ import annotations

import errno
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.client import OfflineVerifier, signed_list_sets
from openjpki.client.kept_lists import KeptLists
from openjpki.client.list_files import last_run
from openjpki.client.mirror import Mirror
from openjpki.client.mirrored import MirrorOutcome
from openjpki.client.signed_list_sets import SignedListSets
from openjpki.domain.evidence import ListsPublished, StatedList
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence import cose
from openjpki.x509.crl.partitions import partition_below
from openjpki.x509.foreign.cms import sign_detached
from openjpki.x509.profiles.names import partition_name
from tests.support import x509_samples as samples
from tests.support.statements import memory_key, receipt
from tests.unit.client.test_list_status import HOUR, MADE
from tests.unit.client.test_mirror import TOKYO, Service, Stream, of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openjpki.client import Verification

KEY = memory_key()
CERTIFICATE = samples.user_certificate(
    samples.fields(partition_der=partition_name(samples.AUTHORITY_NAME, "13101").public_bytes())
)
NOW = MADE + HOUR
MINUTE = timedelta(minutes=1)
Answer = ocsp_pb2.ListRevocationListsResponse


class Signing(Service):
    """Hands out lists, and what ca signed of which there are."""

    def __init__(self, **lists: tuple[bytes, int]) -> None:
        super().__init__(**lists)
        self.made_at = NOW
        self.key = KEY
        self.spoils: Callable[[Answer], None] = lambda _: None
        """What becomes of ca's answer on its way."""

    def ListRevocationLists(  # noqa: N802
        self, request: ocsp_pb2.ListRevocationListsRequest, timeout: float
    ) -> Answer:
        answer = super().ListRevocationLists(request, timeout)
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
        stated = ListsPublished(
            service="ca", authority_id=TOKYO.authority_id, made_at=self.made_at, lists=lists
        )
        answer.manifest.made_at = int(self.made_at.timestamp())
        answer.manifest.key_sha256 = self.key.public_key.sha256
        answer.manifest.signature = cose.sign(stated, self.key)
        self.spoils(answer)
        return answer


class Office:
    """A verifier that asks for ca's word."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "mirror"
        self.service = Signing(of_13101=(of("13101", 8), 8), of_13102=(of("13102", 3), 3))
        self.sets = SignedListSets(self.folder, [KEY.public_key])
        self.now = NOW

    def sync(self) -> dict[str | None, tuple[MirrorOutcome, Reason | None]]:
        mirror = Mirror(self.folder, self.service, [TOKYO], lambda: self.now, self.sets)  # type: ignore[arg-type]
        return {
            one.partition: (one.outcome, None if one.why is None else one.why.reason)
            for one in mirror.sync()
        }

    def verify(self, at: datetime | None = None) -> Verification:
        """A document of the sample person, whose partition is 13101."""
        signed = sign_detached(b"letter", CERTIFICATE, samples.key("person"), MADE)
        verifier = OfflineVerifier(
            self.folder, authorities=[TOKYO], now=lambda: at or self.now, sets=self.sets
        )
        return verifier.verify_signed_document(signed, b"letter")

    def refused(self, at: datetime | None = None) -> str:
        """Why there is no answer."""
        with pytest.raises(OpenJpkiError) as refusal:
            self.verify(at)
        assert refusal.value.reason is Reason.FEED_NOT_READY
        return refusal.value.message

    @property
    def set_file(self) -> Path:
        return self.folder / f"{TOKYO.authority_id}.set"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.mark.requirement("R4.1.2")
def test_a_whole_set_is_kept_and_an_answer_says_of_when_it_is(office: Office) -> None:
    assert {one for one, _ in office.sync().values()} == {MirrorOutcome.UPDATED}
    result = office.verify()
    assert result.valid, result.diagnostics()
    source = result.status_source
    assert source is not None
    assert getattr(source, "set_of", None) == NOW


def _hidden(answer: Answer) -> None:
    del answer.lists[1]


def _older(answer: Answer) -> None:
    answer.lists[0].number = 7


def _later(answer: Answer) -> None:
    answer.manifest.made_at += 60


def _none(answer: Answer) -> None:
    answer.ClearField("manifest")


def _stranger(answer: Answer) -> None:
    answer.manifest.key_sha256 = memory_key().public_key.sha256


def _receipt(answer: Answer) -> None:
    """What the same key signed of something else."""
    answer.manifest.signature = cose.sign(receipt(), KEY)


def _other(answer: Answer) -> None:
    """Of another authority, whose lists are these as well."""
    stated = ListsPublished(service="ca", authority_id=_OTHER, made_at=NOW, lists=())
    answer.manifest.signature = cose.sign(stated, KEY)


_OTHER = type(TOKYO.authority_id).signing("14")


@pytest.mark.requirement("R4.1.2", refuses=True)
@pytest.mark.parametrize("spoils", [_hidden, _older, _later, _none, _stranger, _receipt, _other])
def test_what_ca_did_not_sign_is_not_taken(
    office: Office, spoils: Callable[[Answer], None]
) -> None:
    office.service.spoils = spoils
    found = office.sync()
    assert list(found) == [None]
    outcome, why = found[None]
    assert outcome is MirrorOutcome.NOT_UPDATED
    assert why in {Reason.CRL_REFUSED, Reason.EVIDENCE_SIGNATURE_INVALID}
    assert not office.set_file.exists()
    assert not list(office.folder.glob("*.crl"))


@pytest.mark.parametrize("late", [timedelta(minutes=16), timedelta(minutes=-6)])
def test_a_set_of_before_is_none_of_now(office: Office, late: timedelta) -> None:
    office.now = NOW + late
    assert office.sync() == {None: (MirrorOutcome.NOT_UPDATED, Reason.CRL_REFUSED)}


def test_an_older_set_than_the_one_that_is_kept_is_refused(office: Office) -> None:
    office.sync()
    office.service.made_at = NOW - 6 * MINUTE
    assert office.sync() == {None: (MirrorOutcome.NOT_UPDATED, Reason.CRL_REFUSED)}
    # Another instance of ca, by whose clock it is not yet as late.
    office.service.made_at = NOW - MINUTE
    assert {one for one, _ in office.sync().values()} == {MirrorOutcome.UNCHANGED}


def test_a_set_is_kept_whichever_lists_are_missing(office: Office) -> None:
    """One that can't be had takes no other's answers along."""
    office.service.slow = {"13102"}
    found = office.sync()
    assert found["13101"][0] is MirrorOutcome.UPDATED
    assert found["13102"][0] is MirrorOutcome.NOT_UPDATED
    assert office.set_file.exists()
    assert office.verify().valid


def test_a_list_that_is_known_to_be_superseded_says_nothing_more(office: Office) -> None:
    """The service names the newest, and lets nobody have it."""
    office.sync()
    assert office.verify().valid
    office.service.lists["13101"] = (of("13101", 9), 9)
    office.service.slow = {"13101"}
    office.service.made_at = NOW + MINUTE
    assert office.sync()["13101"][0] is MirrorOutcome.NOT_UPDATED
    assert "is older than in the set of lists" in office.refused()
    office.service.slow = set()
    office.sync()
    assert office.verify().valid


def test_a_list_that_ca_says_there_is_none_of_says_nothing_more(office: Office) -> None:
    """As of one that it can't read: what it said before may be superseded."""
    office.sync()
    office.service.lists["13101"] = (b"", 0)
    office.service.made_at = NOW + MINUTE
    assert office.sync()["13101"] == (MirrorOutcome.NOT_UPDATED, Reason.CRL_NOT_FOUND)
    assert "has no list of partition 13101" in office.refused()


def test_numbers_that_went_back_are_refused_though_ca_signs_them(office: Office) -> None:
    """Its books were set back: what the newer list says is not forgotten."""
    office.service.lists["13101"] = (of("13101", 9), 9)
    office.service.slow = {"13101"}
    office.sync()
    office.service.lists["13101"] = (of("13101", 8), 8)
    office.service.slow = set()
    office.service.made_at = NOW + MINUTE
    assert office.sync() == {None: (MirrorOutcome.NOT_UPDATED, Reason.CRL_REFUSED)}
    assert "there is no list of partition 13101" in office.refused()


@pytest.mark.parametrize("by", [KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
def test_a_run_that_is_broken_off_keeps_what_ca_signed(office: Office, by: BaseException) -> None:
    office.sync()
    office.service.lists["13101"] = (of("13101", 9), 9)
    office.service.made_at = NOW + MINUTE

    def broken_off() -> None:
        raise by

    office.service.breaks = broken_off
    with pytest.raises(type(by)):
        office.sync()
    assert "is older than in the set of lists" in office.refused()


def test_a_run_that_lasts_keeps_it_meanwhile(office: Office) -> None:
    """A service that sends slowly would have the older list count for as long as it likes."""
    office.sync()
    office.service.lists |= {"13101": (of("13101", 9), 9), "13102": (of("13102", 4), 4)}
    office.service.made_at = NOW + MINUTE
    before = office.set_file.read_bytes()
    seen: list[bool] = []

    def lasts() -> None:
        seen.append(office.set_file.read_bytes() == before)
        office.now += 6 * MINUTE

    office.service.breaks = lasts
    office.sync()
    assert (seen[0], seen[-1]) == (True, False)


def test_a_run_that_names_for_long_keeps_it_before_the_first_list_comes(office: Office) -> None:
    office.sync()
    office.service.lists["13101"] = (of("13101", 9), 9)
    office.service.made_at = NOW + MINUTE
    before = office.set_file.read_bytes()
    seen: list[bool] = []

    def takes_long(_: Answer) -> None:
        office.now += 6 * MINUTE

    office.service.spoils = takes_long
    office.service.breaks = lambda: seen.append(office.set_file.read_bytes() == before)
    office.sync()
    assert seen[0] is False


def test_what_is_named_again_goes_not_back(office: Office) -> None:
    """Neither to an older list nor to an older set."""
    office.sync()
    office.service.lists["13101"] = (of("13101", 10), 10)
    before = of("13101", 9)

    def vanishes(request: ocsp_pb2.DownloadRevocationListRequest, timeout: float) -> object:
        del request, timeout
        office.service.lists["13101"] = (before, 9)
        raise OpenJpkiError(Reason.CRL_NOT_FOUND, "is not the newest", field="sha256")

    office.service.DownloadRevocationList = vanishes  # type: ignore[method-assign, assignment]
    assert office.sync()["13101"] == (MirrorOutcome.NOT_UPDATED, Reason.CRL_REFUSED)
    assert "is older than in the set of lists" in office.refused()


def test_what_is_named_again_is_what_counts(office: Office) -> None:
    """Also for lists that had been looked at: each is looked at once more."""
    office.service.lists = {"13102": (of("13102", 3), 3), "13101": (of("13101", 8), 8)}
    office.sync()
    office.service.lists["13101"] = (of("13101", 9), 9)
    asked = office.service.DownloadRevocationList

    def publishes(request: ocsp_pb2.DownloadRevocationListRequest, timeout: float) -> Stream:
        if request.partition == "13101" and office.service.made_at == NOW:
            office.service.lists |= {"13102": (of("13102", 4), 4), "13101": (of("13101", 10), 10)}
            office.service.made_at = NOW + MINUTE
        return asked(request, timeout)

    office.service.DownloadRevocationList = publishes  # type: ignore[method-assign]
    assert office.sync() == {
        "13101": (MirrorOutcome.UPDATED, None),
        "13102": (MirrorOutcome.UPDATED, None),
    }
    (kept,) = office.folder.glob("*-13102.crl")
    assert kept.read_bytes() == of("13102", 4)
    assert office.sets.kept(TOKYO.authority_id, NOW).made_at == NOW + MINUTE
    assert office.verify().valid


def test_more_than_was_named_is_not_taken(office: Office) -> None:
    """ca has signed how long a list is: what is longer fills no disk."""
    office.service.lengths["13101"] = 150
    assert office.sync()["13101"] == (MirrorOutcome.NOT_UPDATED, Reason.MESSAGE_TOO_LARGE)
    assert not list(office.folder.glob(".*.part"))
    office.service.lengths["13101"] = len(of("13101", 8))
    assert office.sync()["13101"] == (MirrorOutcome.UPDATED, None)


def test_a_later_list_that_somebody_put_there_is_as_good(office: Office) -> None:
    office.sync()
    partition = partition_below(TOKYO.certificate.subject, "13101")
    KeptLists(office.folder).put(TOKYO.certificate, partition, of("13101", 9))
    assert office.sync()["13101"] == (MirrorOutcome.UNCHANGED, None)
    assert office.verify().valid


def test_a_set_that_can_t_be_replaced_ends_nothing_else(office: Office) -> None:
    office.folder.mkdir(mode=0o700)
    office.set_file.mkdir()
    found = office.sync()
    assert found.pop(None) == (MirrorOutcome.NOT_UPDATED, Reason.CRL_REFUSED)
    assert {one for one, _ in found.values()} == {MirrorOutcome.UPDATED}


def test_a_run_by_a_clock_that_went_back_is_refused(office: Office) -> None:
    """It would take along what the folder knows of the time."""
    office.sync()
    office.now = MADE + 10 * MINUTE
    office.service.made_at = office.now
    with pytest.raises(OpenJpkiError) as refusal:
        office.sync()
    assert refusal.value.field == "folder"
    # Within what clocks differ by, the later moment stays.
    office.now = office.service.made_at = NOW - 2 * MINUTE
    office.set_file.unlink()
    office.sync()
    assert last_run(office.folder) == NOW


def test_a_list_that_is_newer_than_the_set_is_of_it(office: Office) -> None:
    """One was published while the others were fetched."""
    office.service.publishes = (of("13101", 9), 9)
    found = office.sync()
    assert {one for one, _ in found.values()} == {MirrorOutcome.UPDATED}
    assert office.verify().valid


def test_an_older_list_in_the_folder_is_found_out(office: Office) -> None:
    office.sync()
    (file,) = office.folder.glob("*-13101.crl")
    old = of("13101", 7)
    file.write_bytes(old)
    assert "is older than in the set of lists" in office.refused()
    file.write_bytes(of("13101", 8, 77))
    assert "is another than in the set of lists" in office.refused()


def test_a_partition_that_the_set_has_not_is_not_spoken_of(office: Office) -> None:
    office.sync()
    del office.service.lists["13101"]
    office.sync()
    partition = partition_below(TOKYO.certificate.subject, "13101")
    assert KeptLists(office.folder).find(TOKYO.certificate, partition) is not None
    assert "has no list of partition 13101" in office.refused()


def test_a_clock_that_is_behind_the_set_gives_no_answer(office: Office) -> None:
    office.sync()
    assert "clock is behind" in office.refused(MADE + 10 * MINUTE)


def test_a_key_is_replaced_while_both_are_named(office: Office) -> None:
    office.sync()
    newer = memory_key()
    office.service.key, office.service.made_at = newer, NOW + MINUTE
    # Who knows only the new one has no set until a run brought one.
    office.sets = SignedListSets(office.folder, [newer.public_key])
    assert "can't be used" in office.refused()
    office.sets = SignedListSets(office.folder, [KEY.public_key, newer.public_key])
    assert office.verify().valid
    assert {one for one, _ in office.sync().values()} == {MirrorOutcome.UNCHANGED}
    office.sets = SignedListSets(office.folder, [newer.public_key])
    assert office.verify().valid
    # What the old one signs is of nobody then, nor may it take the newer set's place before.
    office.service.key, office.service.made_at = KEY, NOW - 6 * MINUTE
    for keys in ([newer], [KEY, newer]):
        office.sets = SignedListSets(office.folder, [one.public_key for one in keys])
        assert office.sync() == {None: (MirrorOutcome.NOT_UPDATED, Reason.CRL_REFUSED)}
        assert office.verify().valid


def test_a_set_that_is_too_old_gives_no_answer(office: Office) -> None:
    """A service that says nothing keeps the next one back."""
    office.sync()
    day = timedelta(days=1)
    assert office.verify(NOW + day).valid
    assert "not brought up to date since" in office.refused(NOW + day + MINUTE)
    office.sets = SignedListSets(office.folder, [KEY.public_key], HOUR)
    assert office.verify(NOW + HOUR).valid
    assert "not brought up to date since" in office.refused(NOW + HOUR + MINUTE)


def test_a_set_is_read_once_and_again_where_another_is_there(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.sync()
    office.verify()
    with monkeypatch.context() as patched:
        patched.setattr(signed_list_sets, "require_signed", None)
        assert office.verify().valid
    office.service.made_at = NOW + MINUTE
    office.sync()
    assert office.sets.kept(TOKYO.authority_id, NOW).made_at == NOW + MINUTE


def test_a_set_that_was_changed_on_disk_is_none(office: Office) -> None:
    office.sync()
    octets = office.set_file.read_bytes()
    for changed in (octets[:-1], octets + b"\x00", b"none", b""):
        office.set_file.write_bytes(changed)
        assert "can't be used" in office.refused()
    # It keeps nothing from being brought up to date.
    assert {one for one, _ in office.sync().values()} == {MirrorOutcome.UNCHANGED}
    assert office.verify().valid


def test_a_clock_that_went_back_gives_no_answer_without_a_set_either(office: Office) -> None:
    """A list that is over would be believed once more."""
    office.sync()
    verifier = OfflineVerifier(office.folder, authorities=[TOKYO], now=lambda: MADE + 10 * MINUTE)
    signed = sign_detached(b"letter", CERTIFICATE, samples.key("person"), MADE)
    with pytest.raises(OpenJpkiError) as refusal:
        verifier.verify_signed_document(signed, b"letter")
    assert refusal.value.reason is Reason.FEED_NOT_READY
    assert "clock is behind" in refusal.value.message
