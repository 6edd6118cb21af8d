"""Lists in the status service's place: which are believed, for which certificates, until when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.client import ListedStatus, TrustedAuthority
from openjpki.client import list_status as subject
from openjpki.client.kept_lists import KeptLists
from openjpki.client.list_status import ListStatus
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.clock import MOST_BACKDATED
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.partitions import partition_of
from tests.support import x509_samples as samples
from tests.support.ocsp_service import until

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.client.status import ToldStatus

TOKYO = TrustedAuthority(AuthorityId.signing("13"), samples.authority().certificate)
PERSON = x509.load_der_x509_certificate(samples.user_certificate())
MADE = samples.NOW + timedelta(days=30)
LIFE = timedelta(hours=48)
HOUR = timedelta(hours=1)


def made_list(
    number: int = 8,
    *revoked: int,
    made: datetime = MADE,
    signer: str = "authority",
    issuer: x509.Name = samples.AUTHORITY_NAME,
    scope: x509.Name = samples.PARTITION_NAME,
    of_users: bool = True,
    life: timedelta = LIFE,
    of_entries: x509.UnrecognizedExtension | None = None,
    base: int | None = None,
) -> bytes:
    """A list as another program makes it; with a ``base`` a delta list."""
    key = samples.key(signer)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer)
        .last_update(made)
        .next_update(made + life)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .add_extension(
            x509.IssuingDistributionPoint(
                full_name=[x509.DirectoryName(scope)],
                relative_name=None,
                only_contains_user_certs=of_users,
                only_contains_ca_certs=not of_users,
                only_some_reasons=None,
                indirect_crl=False,
                only_contains_attribute_certs=False,
            ),
            critical=True,
        )
    )
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    for serial in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(serial)
            .revocation_date(made - HOUR)
            .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
        )
        if of_entries is not None:
            entry = entry.add_extension(of_entries, critical=True)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def altered(der: bytes) -> bytes:
    """Its signature, whatever that is."""
    return der[:-1] + bytes([der[-1] ^ 1])


class Agency:
    """Keeps lists that a service hands out; each generation's, by its number."""

    def __init__(self, *lists: bytes | OpenJpkiError, folder: Path | None = None) -> None:
        self.lists = list(lists)
        self.asked: list[int] = []
        self.now = MADE + HOUR
        self.status = ListStatus(KeptLists(folder), self._download, lambda: self.now)

    def _download(self, authority_id: AuthorityId, partition: str, generation: int) -> bytes:
        assert (authority_id, partition) == (TOKYO.authority_id, "13101")
        self.asked.append(generation)
        if generation >= len(self.lists):
            raise OpenJpkiError(Reason.GENERATION_NOT_FOUND, "no such generation")
        answer = self.lists[generation]
        if isinstance(answer, OpenJpkiError):
            raise answer
        return answer

    def keep(self, issuer: TrustedAuthority = TOKYO) -> None:
        """As after an answer of the status service; done when this returns."""
        self.status.keep_for(PERSON, issuer)
        self.status._worker.submit(lambda: None).result()

    def told(self) -> ToldStatus | None:
        return self.status.find(PERSON, TOKYO)


def test_the_sample_names_its_partition() -> None:
    partition = partition_of(PERSON)
    assert partition is not None
    assert partition.text == "13101"


@pytest.mark.parametrize("entry", [77, PERSON.serial_number])
def test_a_list_with_an_entry_that_asks_for_more_speaks_for_nobody(
    entry: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # RFC 5280 5.3: the list must not be used, neither got from the service nor found on disk.
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.1"), b"\x05\x00")
    der = made_list(8, entry, of_entries=extension)
    agency = Agency(der, made_list(7), folder=tmp_path)
    agency.keep()
    told = agency.told()
    # Whom it says is revoked the list before it does not show to be good.
    if entry == PERSON.serial_number:
        assert told is None
        assert Agency(folder=tmp_path).told() is None
    else:
        assert told is not None
        assert isinstance(told.source, ListedStatus)
        assert told.source.number == 7
    # A later one that can be used ends that.
    agency = Agency(made_list(9), folder=tmp_path)
    agency.now = MADE + LIFE * 0.6
    agency.keep()
    told = agency.told()
    assert told is not None
    assert isinstance(told.source, ListedStatus)
    assert told.source.number == 9
    for file in tmp_path.glob("*.crl"):
        file.write_bytes(der)
    assert Agency(folder=tmp_path).told() is None
    assert "not believed: CRL_REFUSED" in caplog.text


def test_a_forged_list_and_an_older_one_put_nobody_in_doubt() -> None:
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.1"), b"\x05\x00")
    entry = PERSON.serial_number
    for doubted in (altered(made_list(8, entry, of_entries=extension)),
                    made_list(6, entry, of_entries=extension),
                    made_list(8, entry, of_entries=extension, life=HOUR / 2)):  # fmt: skip
        agency = Agency(doubted, made_list(7))
        agency.keep()
        told = agency.told()
        assert told is not None
        assert told.status is CertificateStatus.GOOD


@pytest.mark.requirement("R4.1.2")
def test_a_list_says_what_is_revoked_and_which_list_it_is() -> None:
    source = ListedStatus(8, MADE, MADE + LIFE)
    agency = Agency(made_list(8))
    agency.keep()
    told = agency.told()
    assert told is not None
    assert (told.status, told.revoked_at, told.source) == (CertificateStatus.GOOD, None, source)
    agency = Agency(made_list(8, 77, PERSON.serial_number))
    agency.keep()
    told = agency.told()
    assert told is not None
    assert (told.status, told.reason) == (CertificateStatus.REVOKED, 1)
    assert told.revoked_at == MADE - HOUR
    assert told.source == source


@pytest.mark.parametrize(
    "wrong",
    [
        made_list(signer="impostor"),
        made_list(issuer=samples.PARTITION_NAME),
        made_list(scope=samples.AUTHORITY_NAME),
        made_list(of_users=False),
        altered(made_list()),
        made_list() + b"\x00",
        b"no list",
        b"",
    ],
    ids=["key", "issuer", "scope", "authorities", "signature", "trailing", "text", "empty"],
)
def test_a_list_that_is_not_the_issuers_for_this_partition_is_not_believed(
    wrong: bytes, tmp_path: Path
) -> None:
    agency = Agency(wrong, folder=tmp_path)
    agency.keep()
    assert agency.told() is None
    assert list(tmp_path.iterdir()) == []
    # Nor from the disk, where anybody may have put it.
    agency = Agency(made_list(), folder=tmp_path)
    agency.keep()
    assert agency.told() is not None
    (file,) = tmp_path.glob("*.crl")
    file.write_bytes(wrong)
    assert Agency(folder=tmp_path).told() is None


def test_a_list_speaks_while_it_is_in_force_and_of_no_younger_certificate() -> None:
    agency = Agency(made_list())
    agency.keep()
    for age, speaks in ((timedelta(0), True), (LIFE - HOUR / 60, True), (LIFE, False)):
        agency.now = MADE + age
        assert (agency.told() is not None) is speaks
    agency.now = MADE - HOUR
    assert agency.told() is None
    before = PERSON.not_valid_before_utc - timedelta(seconds=1)
    agency = Agency(made_list(made=before, life=timedelta(days=60)))
    agency.keep()
    assert agency.told() is None


def test_lists_outlast_the_process_in_a_folder(tmp_path: Path) -> None:
    Agency(made_list(8, PERSON.serial_number), folder=tmp_path / "lists").keep()
    told = Agency(folder=tmp_path / "lists").told()
    assert told is not None
    assert told.status is CertificateStatus.REVOKED


def test_an_older_list_takes_no_newer_ones_place(tmp_path: Path) -> None:
    """Whoever hands out yesterday's list would hide what was revoked since."""
    agency = Agency(made_list(9, PERSON.serial_number), folder=tmp_path)
    agency.keep()
    again = Agency(made_list(8), folder=tmp_path)
    again.now = MADE + LIFE / 2
    again.keep()
    assert again.asked == [0]
    for one in (agency, again, Agency(folder=tmp_path)):
        told = one.told()
        assert told is not None
        assert told.status is CertificateStatus.REVOKED


def test_a_list_is_asked_for_again_when_half_of_its_life_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subject, "AGAIN_SECONDS", 0)
    agency = Agency(made_list(8))
    for _ in range(3):
        agency.keep()
    assert agency.asked == [0]
    agency.now = MADE + LIFE / 2
    agency.lists = [made_list(9, made=agency.now)]
    agency.keep()
    assert agency.asked == [0, 0]
    told = agency.told()
    assert told is not None
    assert told.source == ListedStatus(9, agency.now, agency.now + LIFE)
    agency.keep()
    assert agency.asked == [0, 0]


def test_a_list_that_is_overdue_is_not_asked_for_at_every_document() -> None:
    agency = Agency(made_list(8))
    agency.now = MADE + LIFE / 2
    for _ in range(3):
        agency.keep()
    assert agency.asked == [0]


def test_the_list_of_the_generation_that_issued_is_found() -> None:
    """Lists of generations have one name and one scope; the key tells them apart."""
    not_active = OpenJpkiError(Reason.AUTHORITY_NOT_ACTIVE, "none issues")
    for issuing in (made_list(signer="newer"), not_active):
        agency = Agency(issuing, made_list(7), made_list(signer="newer"))
        agency.keep()
        assert agency.asked == [0, 1]
        assert agency.told() is not None
    agency = Agency(made_list(signer="newer"), made_list(signer="older"))
    agency.keep()
    assert agency.asked == [0, 1, 2]
    assert agency.told() is None


def test_nobody_is_asked_while_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "AGAIN_SECONDS", 0)
    agency = Agency(OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "away"))
    for _ in range(3):
        agency.keep()
    assert agency.asked == [0]
    monkeypatch.setattr(agency.status, "_paused_until", 0)
    agency.lists = [made_list()]
    agency.keep()
    assert agency.told() is not None


def test_one_governors_quota_keeps_nobody_from_anothers_lists(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subject, "AGAIN_SECONDS", 0)
    agency = Agency(OpenJpkiError(Reason.AGREEMENT_QUOTA_EXCEEDED, "as much as was agreed"))
    agency.keep()
    agency.lists = [made_list()]
    agency.keep()
    assert agency.told() is not None


def test_who_closes_keeps_nothing_more() -> None:
    agency = Agency(made_list())
    agency.status.close()
    agency.status.keep_for(PERSON, TOKYO)
    assert agency.asked == []


def test_a_folder_that_can_not_be_written_leaves_the_list_in_memory(tmp_path: Path) -> None:
    agency = Agency(made_list(), folder=tmp_path / "lists")
    (tmp_path / "lists").rmdir()
    agency.keep()
    until(lambda: agency.told() is not None)


def test_a_list_of_the_future_is_not_relied_on_and_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The authority's clock was ahead when it was made; the next one's number is higher."""
    monkeypatch.setattr(subject, "AGAIN_SECONDS", 0)
    agency = Agency(made_list(8, made=MADE + timedelta(days=30)))
    agency.keep()
    assert agency.told() is None
    agency.lists = [made_list(9)]
    agency.keep()
    assert agency.asked == [0, 0]
    told = agency.told()
    assert told is not None
    assert told.source == ListedStatus(9, MADE, MADE + LIFE)


def test_a_list_as_old_as_a_backdated_certificate_says_nothing_of_it() -> None:
    """It was made after notBefore and before the certificate: as policy may say, by so much."""
    begin = PERSON.not_valid_before_utc
    for after, speaks in ((MOST_BACKDATED - timedelta(minutes=1), False), (MOST_BACKDATED, True)):
        agency = Agency(made_list(8, made=begin + after))
        agency.now = begin + HOUR
        agency.keep()
        assert (agency.told() is not None) is speaks
