"""Documents verified by a copy of the lists alone: what it says, and where there is no answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.cli.next_steps import next_step
from openjpki.client import ListedStatus, OfflineVerifier
from openjpki.client.kept_lists import KeptLists
from openjpki.errors import Language, OpenJpkiError, Reason
from openjpki.x509.crl.partitions import partition_of
from openjpki.x509.foreign.cms import sign_detached
from tests.support import x509_samples as samples
from tests.unit.client.test_list_status import HOUR, LIFE, MADE, PERSON, TOKYO, altered, made_list

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from openjpki.client import Verification

CONTENT = "転出届\n".encode()


def verified(folder: Path, *lists: bytes, at: datetime = MADE + HOUR) -> Verification:
    """A document signed by the sample person, by these lists alone."""
    partition = partition_of(PERSON)
    assert partition is not None
    kept = KeptLists(folder)
    for der in lists:
        kept.put(TOKYO.certificate, partition, der)
    signed = sign_detached(CONTENT, samples.user_certificate(), samples.key("person"), MADE)
    verifier = OfflineVerifier(folder, authorities=[TOKYO], now=lambda: at)
    return verifier.verify_signed_document(signed, CONTENT)


@pytest.mark.requirement("R4.1.2", "R5.2.1")
def test_a_list_speaks_and_says_of_when_it_is(tmp_path: Path) -> None:
    result = verified(tmp_path, made_list(8, 77))
    assert result.valid, result.diagnostics()
    assert result.status_source == ListedStatus(8, MADE, MADE + LIFE, offline=True)
    assert f"not revoked, by revocation list 8, as of {MADE:%F %T}Z, offline" in str(
        result.diagnostics()
    )
    result = verified(tmp_path, made_list(9, 77, PERSON.serial_number))
    assert not result.valid
    assert "(keyCompromise), by revocation list 9" in result.diagnostics()


@pytest.mark.requirement("R4.1.2", "R5.2.1", refuses=True)
@pytest.mark.parametrize(
    ("lists", "at", "why"),
    [
        ([], MADE, "there is no list of partition 13101"),
        ([made_list(8)], MADE + LIFE, f"was in force until {MADE + LIFE:%F %T}Z"),
        ([made_list(8)], MADE - HOUR, "is of the future"),
        (
            [made_list(8, made=samples.NOW)],
            samples.NOW + HOUR,
            "may be older than the certificate",
        ),
    ],
)
def test_without_a_list_in_force_there_is_no_answer(
    tmp_path: Path, lists: list[bytes], at: datetime, why: str
) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        verified(tmp_path, *lists, at=at)
    assert refusal.value.reason is Reason.FEED_NOT_READY
    assert why in refusal.value.message
    assert "openjpki verifier sync" in next_step(refusal.value, Language.EN)
    assert "openjpki verifier sync" in next_step(refusal.value, Language.JA)


def test_a_list_that_was_changed_on_disk_is_none(tmp_path: Path) -> None:
    verified(tmp_path, made_list(8))
    (file,) = tmp_path.glob("*.crl")
    file.write_bytes(altered(file.read_bytes()))
    with pytest.raises(OpenJpkiError) as refusal:
        verified(tmp_path)
    assert "there is no list" in refusal.value.message


def test_another_authority_s_list_says_nothing(tmp_path: Path) -> None:
    verified(tmp_path, made_list(8))
    (file,) = tmp_path.glob("*.crl")
    file.write_bytes(made_list(8, signer="other"))
    with pytest.raises(OpenJpkiError) as refusal:
        verified(tmp_path, at=MADE + timedelta(hours=2))
    assert refusal.value.reason is Reason.FEED_NOT_READY
