"""A copy of all lists: what is taken in, what is asked for again, and what keeps nothing else."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import signal
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.client import TrustedAuthority, kept_lists, list_download, named_lists
from openjpki.client.kept_lists import KeptLists
from openjpki.client.list_files import LOCK, RUN, read_marked
from openjpki.client.mirror import Mirror
from openjpki.client.mirror_folder import ALONE, alone_in
from openjpki.client.mirrored import MirrorOutcome
from openjpki.client.patience import MOST_SLOW
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.partitions import partition_below
from openjpki.x509.profiles.names import partition_name
from tests.support import x509_samples as samples
from tests.unit.client.test_list_status import HOUR, LIFE, MADE, altered, made_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openjpki.client.list_files import Mark

TOKYO = TrustedAuthority(AuthorityId.signing("13"), samples.authority().certificate)
ISSUER = hashlib.sha256(TOKYO.certificate.public_bytes(Encoding.DER)).digest()
PIECE = 100


def of(partition: str, number: int, *revoked: int, **made: Any) -> bytes:
    """A list of a partition of Tokyo's."""
    scope = partition_name(samples.AUTHORITY_NAME, partition)
    return made_list(number, *revoked, scope=scope, **made)


class Stream:
    """A call's answer, which may break off."""

    def __init__(self, octets: bytes, breaks: Callable[[], None] | None) -> None:
        self._octets = octets
        self._breaks = breaks

    def __iter__(self) -> Iterator[ocsp_pb2.DownloadRevocationListResponse]:
        for start in range(0, len(self._octets), PIECE):
            if start and self._breaks is not None:
                self._breaks()
            yield ocsp_pb2.DownloadRevocationListResponse(chunk=self._octets[start : start + PIECE])

    def cancel(self) -> None:
        """It is over."""


class Service:
    """Hands out lists, by partition: a list and its number as it is named."""

    def __init__(self, **lists: tuple[bytes, int]) -> None:
        self.lists = {name.removeprefix("of_"): one for name, one in lists.items()}
        self.issuer = ISSUER
        self.asked: list[tuple[str, int]] = []
        self.breaks: Callable[[], None] | None = None
        self.refuses: OpenJpkiError | None = None
        self.slow: set[str] = set()
        """Partitions whose lists don't come in time."""
        self.digests: dict[str, bytes] = {}
        """What is said in the place of a list's SHA-256, by partition."""
        self.lengths: dict[str, int] = {}
        """How long a list is said to be, by partition."""
        self.again = 1
        """How often it names each."""
        self.publishes: tuple[bytes, int] | None = None
        """A newer list of the partition that is asked for, once lists were named."""

    def ListRevocationLists(  # noqa: N802
        self, request: ocsp_pb2.ListRevocationListsRequest, timeout: float
    ) -> ocsp_pb2.ListRevocationListsResponse:
        assert timeout
        if self.refuses is not None:
            raise self.refuses
        assert request.authority_id == str(TOKYO.authority_id)
        return ocsp_pb2.ListRevocationListsResponse(
            lists=[
                revocation_pb2.PublishedRevocationList(
                    partition=partition,
                    generation=1,
                    issuer_sha256=self.issuer,
                    number=number,
                    length=self.lengths.get(partition, 0),
                    sha256=self.digests.get(
                        partition, hashlib.sha256(der).digest() if der else b""
                    ),
                )
                for partition, (der, number) in self.lists.items()
            ]
            * self.again
        )

    def DownloadRevocationList(  # noqa: N802
        self, request: ocsp_pb2.DownloadRevocationListRequest, timeout: float
    ) -> Stream:
        assert timeout
        assert request.generation == 1
        self.asked.append((request.partition, request.offset))
        if self.publishes is not None:
            self.lists[request.partition], self.publishes = self.publishes, None
        if request.partition in self.slow:
            raise OpenJpkiError(Reason.DEADLINE_EXCEEDED, "no answer in time")
        der, _ = self.lists[request.partition]
        if hashlib.sha256(der).digest() != request.sha256:
            raise OpenJpkiError(Reason.CRL_NOT_FOUND, "is not the newest", field="sha256")
        return Stream(der[request.offset :], self.breaks)


class Office:
    """A verifier with a mirror."""

    def __init__(self, folder: Path, service: Service) -> None:
        self.folder = folder / "mirror"
        self.service = service
        self.now = MADE + HOUR
        self.trusted = TOKYO
        self.told: list[tuple[int, int]] = []
        self.shuffle: Callable[[list[Any]], None] = lambda _: None

    def sync(self) -> dict[str | None, tuple[MirrorOutcome, int | None, Reason | None]]:
        self.service.asked.clear()
        mirror = Mirror(
            self.folder,
            self.service,  # type: ignore[arg-type]
            [self.trusted],
            lambda: self.now,
            shuffle=self.shuffle,
        )
        return {
            one.partition: (
                one.outcome,
                None if one.kept is None else one.kept.number,
                None if one.why is None else one.why.reason,
            )
            for one in mirror.sync(lambda done, total: self.told.append((done, total)))
        }

    def files(self) -> dict[str, bytes]:
        """What is in its folder, beside what a run leaves there."""
        its = [one for one in self.folder.iterdir() if one.name not in {LOCK, RUN, ALONE}]
        return {one.name: one.read_bytes() for one in its}


def two() -> Service:
    return Service(of_13101=(of("13101", 8), 8), of_13102=(of("13102", 3), 3))


@pytest.mark.requirement("R4.1.2")
def test_what_changed_is_asked_for_and_nothing_else(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    assert office.sync() == {
        "13101": (MirrorOutcome.UPDATED, 8, None),
        "13102": (MirrorOutcome.UPDATED, 3, None),
    }
    assert office.told == [(0, 2), (1, 2), (2, 2)]
    assert sorted(office.files().values()) == sorted(
        der for der, _ in office.service.lists.values()
    )
    office.service.lists["13102"] = (of("13102", 4, 77), 4)
    assert office.sync() == {
        "13101": (MirrorOutcome.UNCHANGED, 8, None),
        "13102": (MirrorOutcome.UPDATED, 4, None),
    }
    assert office.service.asked == [("13102", 0)]
    assert len(office.files()) == 2


@pytest.mark.parametrize(
    ("newer", "number", "reason"),
    [
        (altered(of("13101", 9)), 9, Reason.CRL_REFUSED),
        (of("13101", 9, signer="other"), 9, Reason.CRL_REFUSED),
        (of("13103", 9), 9, Reason.CRL_REFUSED),
        (of("13101", 9, of_users=False), 9, Reason.CRL_REFUSED),
        (of("13101", 9, life=HOUR), 9, Reason.CRL_REFUSED),
        (of("13101", 9, made=MADE + LIFE), 9, Reason.CRL_REFUSED),
        (of("13101", 7), 7, Reason.CRL_REFUSED),
        # The service says one number, the list another; or the same one of another list.
        (of("13101", 7), 9, Reason.CRL_REFUSED),
        (of("13101", 8, 77), 8, Reason.CRL_REFUSED),
        (of("13101", 8, 77), 9, Reason.CRL_REFUSED),
        (b"no list", 9, Reason.MALFORMED_DER),
        (b"", 0, Reason.CRL_NOT_FOUND),
    ],
    # Octets would name them, and each worker signs with keys of its own.
    ids=[
        "signature",
        "key",
        "partition",
        "authorities",
        "over",
        "future",
        "before",
        "number",
        "another",
        "another-number",
        "text",
        "none",
    ],
)
def test_what_does_not_check_is_not_kept_and_keeps_no_other(
    tmp_path: Path, newer: bytes, number: int, reason: Reason
) -> None:
    office = Office(tmp_path, two())
    office.sync()
    before = office.files()
    office.service.lists["13101"] = (newer, number)
    office.service.lists["13102"] = (of("13102", 4), 4)
    found = office.sync()
    assert found["13101"] == (MirrorOutcome.NOT_UPDATED, 8, reason)
    assert found["13102"] == (MirrorOutcome.UPDATED, 4, None)
    now = office.files()
    assert {name for name in before if before[name] != now.get(name)} == {
        name for name in before if before[name] == of("13102", 3)
    }
    assert set(now) == set(before)


def test_octets_that_are_not_those_named_are_refused(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    service = office.service
    original = service.DownloadRevocationList

    def another(request: ocsp_pb2.DownloadRevocationListRequest, timeout: float) -> Stream:
        original(request, timeout)
        return Stream(of("13101", 8, 1), None)

    service.DownloadRevocationList = another  # type: ignore[method-assign]
    assert office.sync()["13101"] == (MirrorOutcome.NOT_UPDATED, None, Reason.CRL_REFUSED)
    assert not office.files()


@pytest.mark.parametrize("partition", ["../13101", "13101/..", "authority", ""])
def test_a_name_that_is_no_partition_s_is_no_file(tmp_path: Path, partition: str) -> None:
    service = Service()
    service.lists[partition] = (of("13101", 8), 8)
    office = Office(tmp_path, service)
    assert office.sync()[partition] == (MirrorOutcome.NOT_UPDATED, None, Reason.INVALID_FIELD)
    files = {one for one in tmp_path.rglob("*") if one.is_file()}
    assert files == {office.folder / LOCK, office.folder / ALONE}


def test_a_generation_whose_certificate_is_not_trusted_is_told(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    office.service.issuer = bytes(32)
    assert office.sync()["13101"] == (MirrorOutcome.NOT_UPDATED, None, Reason.CRL_REFUSED)


def test_a_list_that_is_named_no_more_is_kept_until_it_ends(tmp_path: Path) -> None:
    """A service that forgets a list, or hides it, takes no revocation away."""
    office = Office(tmp_path, two())
    office.sync()
    del office.service.lists["13102"]
    assert office.sync()["13102"] == (MirrorOutcome.NAMED_NO_MORE, 3, None)
    office.now = MADE + LIFE
    office.service.lists["13101"] = (of("13101", 9, made=MADE + LIFE), 9)
    assert office.sync() == {
        "13101": (MirrorOutcome.UPDATED, 9, None),
        "13102": (MirrorOutcome.REMOVED, None, None),
    }
    assert list(office.files().values()) == [office.service.lists["13101"][0]]


def test_an_authority_of_which_nothing_is_named_is_told(tmp_path: Path) -> None:
    office = Office(tmp_path, Service())
    nothing = (MirrorOutcome.NOT_UPDATED, None, Reason.CRL_NOT_FOUND)
    assert office.sync() == {None: nothing}
    office.service = two()
    office.sync()
    office.service.lists = {}
    assert office.sync() == {
        None: nothing,
        "13101": (MirrorOutcome.NAMED_NO_MORE, 8, None),
        "13102": (MirrorOutcome.NAMED_NO_MORE, 3, None),
    }


def test_a_list_that_is_not_made_again_in_time_is_told(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    office.sync()
    for age, told in (
        (LIFE / 2, (MirrorOutcome.UNCHANGED, 8, None)),
        (LIFE * 3 / 4 - HOUR / 60, (MirrorOutcome.UNCHANGED, 8, None)),
        (LIFE * 3 / 4, (MirrorOutcome.NOT_UPDATED, 8, Reason.CRL_NOT_FOUND)),
        (LIFE, (MirrorOutcome.NOT_UPDATED, 8, Reason.CRL_REFUSED)),
    ):
        office.now = MADE + age
        assert office.sync()["13101"] == told
    assert len(office.files()) == 2


def doubted(number: int, *revoked: int, **made: Any) -> bytes:
    """A list of 13101 that may not be used."""
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.1"), b"\x05\x00")
    return of("13101", number, *revoked, of_entries=extension, **made)


def put(office: Office, der: bytes) -> None:
    """Into its folder, of 13101; one in doubt is refused, and kept all the same."""
    partition = partition_below(TOKYO.certificate.subject, "13101")
    with suppress(OpenJpkiError):
        KeptLists(office.folder).put(TOKYO.certificate, partition, der)


def test_a_list_in_doubt_that_is_in_force_stays_where_the_other_one_goes(tmp_path: Path) -> None:
    """Whom it revokes an older list would show to be good."""
    office = Office(tmp_path, two())
    office.sync()
    later = doubted(9, 77, made=MADE + LIFE / 2)
    put(office, later)
    del office.service.lists["13101"]
    assert office.sync()["13101"] == (MirrorOutcome.NAMED_NO_MORE, 8, None)
    office.now = MADE + LIFE
    office.service.lists["13102"] = (of("13102", 4, made=MADE + LIFE), 4)
    assert office.sync()["13101"] == (MirrorOutcome.NAMED_NO_MORE, 9, None)
    assert sorted(office.files().values()) == sorted([later, of("13102", 4, made=MADE + LIFE)])
    office.now = MADE + LIFE * 1.5
    assert office.sync()["13101"] == (MirrorOutcome.REMOVED, None, None)


def test_a_file_that_can_t_be_read_is_not_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be in force."""
    office = Office(tmp_path, two())
    office.sync()
    before = office.files()
    del office.service.lists["13101"]

    def broken(file: Path) -> tuple[bytes, Mark]:
        if "-13101." in file.name:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read_marked(file)

    with monkeypatch.context() as patched:
        patched.setattr(kept_lists, "read_marked", broken)
        assert office.sync()["13101"] == (MirrorOutcome.NOT_UPDATED, None, Reason.CRL_REFUSED)
    assert office.files() == before
    assert office.sync()["13101"] == (MirrorOutcome.NAMED_NO_MORE, 8, None)


def test_a_list_in_doubt_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    office.service.lists["13101"] = (doubted(9, 77), 9)
    for asked in (2, 0):
        found = office.sync()
        assert found["13101"] == (MirrorOutcome.NOT_UPDATED, None, Reason.CRL_REFUSED)
        assert len(office.service.asked) == asked


@pytest.mark.parametrize("name", ["13101-old.crl", "copy.crl", ".crl", "13101.doubt.doubt.crl"])
def test_a_file_of_somebody_else_s_is_left_alone(tmp_path: Path, name: str) -> None:
    office = Office(tmp_path, two())
    office.sync()
    (listed,) = [one for one, der in office.files().items() if der == of("13101", 8)]
    stray = office.folder / listed.replace("13101.crl", name)
    stray.write_bytes(b"whatever")
    office.service.lists["13102"] = (of("13102", 4), 4)
    assert office.sync() == {
        "13101": (MirrorOutcome.UNCHANGED, 8, None),
        "13102": (MirrorOutcome.UPDATED, 4, None),
    }
    assert stray.read_bytes() == b"whatever"


def test_a_file_that_was_changed_is_fetched_again(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    office.sync()
    (name,) = [name for name, der in office.files().items() if der == of("13101", 8)]
    (office.folder / name).write_bytes(of("13102", 3))
    assert office.sync()["13101"] == (MirrorOutcome.UPDATED, 8, None)
    assert (office.folder / name).read_bytes() == of("13101", 8)


def test_a_list_that_was_replaced_meanwhile_is_asked_for_as_it_is_now(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    office.service.publishes = (of("13101", 9), 9)
    assert office.sync()["13101"] == (MirrorOutcome.UPDATED, 9, None)


@pytest.mark.requirement("R4.1.2")
def test_a_download_that_broke_off_is_gone_on_with(tmp_path: Path) -> None:
    office = Office(tmp_path, two())

    def away() -> None:
        raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "gone")

    office.service.breaks = away
    # Nobody is there to answer: the others are not tried.
    assert office.sync() == {"13101": (MirrorOutcome.NOT_UPDATED, None, Reason.SERVICE_UNAVAILABLE)}
    office.service.breaks = None
    assert office.sync()["13101"] == (MirrorOutcome.UPDATED, 8, None)
    assert office.service.asked == [("13101", PIECE), ("13102", 0)]
    assert len(office.files()) == 2


def test_a_list_that_does_not_come_in_time_keeps_no_other(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    office.service.slow = {"13101"}
    assert office.sync() == {
        "13101": (MirrorOutcome.NOT_UPDATED, None, Reason.DEADLINE_EXCEEDED),
        "13102": (MirrorOutcome.UPDATED, 3, None),
    }
    # Where none comes, nobody is there.
    late = [f"1310{number}" for number in range(1, 6)]
    office.service = Service(**{f"of_{one}": (of(one, 4), 4) for one in late})
    office.service.slow = set(late)
    assert list(office.sync()) == late[:MOST_SLOW]
    # In another order another time, they keep nothing behind them for ever.
    office.service.slow = set(late[:MOST_SLOW])
    assert list(office.sync()) == late[:MOST_SLOW]
    office.shuffle = list.reverse
    found = office.sync()
    assert [found[one][0] for one in late[MOST_SLOW:]] == [MirrorOutcome.UPDATED] * 2


@pytest.mark.parametrize("reason", [Reason.TOO_MANY_CALLS, Reason.CALLER_QUOTA_EXCEEDED])
def test_a_service_without_room_is_asked_no_more(tmp_path: Path, reason: Reason) -> None:
    office = Office(tmp_path, two())

    def full() -> None:
        raise OpenJpkiError(reason, "later")

    office.service.breaks = full
    assert office.sync() == {"13101": (MirrorOutcome.NOT_UPDATED, None, reason)}


@pytest.mark.parametrize("octets", [1, 31, 33, 300])
def test_what_is_named_by_no_sha_256_is_refused_alone(tmp_path: Path, octets: int) -> None:
    office = Office(tmp_path, two())
    office.service.digests["13101"] = bytes(octets)
    assert office.sync() == {
        "13101": (MirrorOutcome.NOT_UPDATED, None, Reason.CRL_REFUSED),
        "13102": (MirrorOutcome.UPDATED, 3, None),
    }
    assert office.service.asked == [("13102", 0)]


def test_what_came_of_a_list_that_is_too_large_goes_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path, two())
    office.service.lists["13101"] = (of("13101", 8, *range(1, 30)), 8)
    monkeypatch.setattr(list_download, "MAX_LIST", len(of("13102", 3)))

    def away() -> None:
        if office.service.asked[-1][0] == "13102":
            raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "gone")

    office.service.breaks = away
    assert office.sync() == {
        "13101": (MirrorOutcome.NOT_UPDATED, None, Reason.MESSAGE_TOO_LARGE),
        "13102": (MirrorOutcome.NOT_UPDATED, None, Reason.SERVICE_UNAVAILABLE),
    }
    # Only the one that broke off waits for the rest.
    assert list(office.files().values()) == [of("13102", 3)[:PIECE]]


def test_a_list_is_asked_for_once_however_often_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path, two())
    office.service.again = 3
    office.service.slow = {"13101"}
    office.sync()
    assert office.service.asked == [("13101", 0), ("13102", 0)]
    # Nor are more of them named than an authority can have.
    monkeypatch.setattr(named_lists, "MOST_NAMED", 5)
    assert office.sync() == {None: (MirrorOutcome.NOT_UPDATED, None, Reason.MESSAGE_TOO_LARGE)}


def test_a_folder_in_a_list_s_place_keeps_no_other(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    office.sync()
    (listed,) = [one for one, der in office.files().items() if der == of("13101", 8)]
    (office.folder / listed).unlink()
    (office.folder / listed).mkdir()
    office.service.lists["13102"] = (of("13102", 4), 4)
    assert office.sync() == {
        "13101": (MirrorOutcome.NOT_UPDATED, None, Reason.CRL_REFUSED),
        "13102": (MirrorOutcome.UPDATED, 4, None),
    }


def _killed_in_the_second_list(
    folder: Path, certificate: bytes, lists: dict[str, tuple[bytes, int]]
) -> None:
    office = Office(folder, Service(**lists))
    # Keys of samples are each process's own.
    office.trusted = TrustedAuthority.load("signing-13", certificate)
    office.service.issuer = hashlib.sha256(certificate).digest()

    def dies() -> None:
        if office.service.asked[-1][0] == "13102":
            os.kill(os.getpid(), signal.SIGKILL)

    office.service.breaks = dies
    office.sync()


@pytest.mark.requirement("R4.1.2")
def test_a_run_that_was_killed_is_gone_on_with(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    # A clean process: this one may have threads of gRPC.
    killed = multiprocessing.get_context("spawn").Process(
        target=_killed_in_the_second_list,
        args=(tmp_path, samples.authority().der, office.service.lists),
    )
    killed.start()
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    assert office.sync() == {
        "13101": (MirrorOutcome.UNCHANGED, 8, None),
        "13102": (MirrorOutcome.UPDATED, 3, None),
    }
    assert office.service.asked == [("13102", PIECE)]
    assert not [name for name in office.files() if name.startswith(".")]


def test_what_came_of_a_list_that_nobody_names_any_more_goes(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    office.folder.mkdir(mode=0o700)
    (office.folder / f".{'00' * 32}.part").write_bytes(b"half of it")
    office.sync()
    assert len(office.files()) == 2


def test_what_a_writer_left_that_was_killed_goes(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    office.folder.mkdir(mode=0o700)
    (office.folder / ".abc123.new").write_bytes(b"half of it")
    office.sync()
    assert len(office.files()) == 2


def test_an_authority_that_is_refused_keeps_no_file_from_being_there(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    office.sync()
    office.service.refuses = OpenJpkiError(Reason.OUT_OF_SCOPE, "is not among them")
    assert office.sync() == {None: (MirrorOutcome.NOT_UPDATED, None, Reason.OUT_OF_SCOPE)}
    assert len(office.files()) == 2


@pytest.mark.parametrize("first", [0, 1])
def test_lists_of_who_answered_are_fetched_though_nobody_answers_for_another(
    tmp_path: Path, first: int
) -> None:
    """By what was said of them the lists that are there may count no more."""
    other = TrustedAuthority(AuthorityId.signing("14"), samples.responder().certificate)
    service = two()
    names = service.ListRevocationLists

    def refuses(
        request: ocsp_pb2.ListRevocationListsRequest, timeout: float
    ) -> ocsp_pb2.ListRevocationListsResponse:
        if request.authority_id == str(other.authority_id):
            raise OpenJpkiError(Reason.TOO_MANY_CALLS, "is full")
        return names(request, timeout)

    service.ListRevocationLists = refuses  # type: ignore[method-assign]
    asked = [TOKYO, other] if first == 0 else [other, TOKYO]
    done = Mirror(tmp_path / "mirror", service, asked, lambda: MADE + HOUR).sync()  # type: ignore[arg-type]
    of_tokyo = [one.outcome for one in done if one.authority_id == TOKYO.authority_id]
    # Where it was asked first, the others were not asked any more.
    assert of_tokyo == ([MirrorOutcome.UPDATED] * 2 if first == 0 else [])
    assert [one.why.reason for one in done if one.why] == [Reason.TOO_MANY_CALLS]


def test_one_run_at_a_time_in_a_folder_of_its_owner_alone(tmp_path: Path) -> None:
    office = Office(tmp_path, two())
    office.sync()
    assert office.folder.stat().st_mode & 0o777 == 0o700
    assert {one.stat().st_mode & 0o777 for one in office.folder.iterdir()} == {0o600}
    with alone_in(office.folder), pytest.raises(OpenJpkiError) as refusal:
        office.sync()
    assert refusal.value.reason is Reason.CONFLICTING_CHANGE
    office.folder.chmod(0o750)
    with pytest.raises(OpenJpkiError) as refusal:
        office.sync()
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, "folder")
    office.folder.chmod(0o700)
    office.now += timedelta(minutes=1)
    assert office.sync()["13101"] == (MirrorOutcome.UNCHANGED, 8, None)
