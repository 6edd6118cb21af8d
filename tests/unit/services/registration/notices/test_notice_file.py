"""Files of changes: what is sent has links, and what can't be taken is named without its values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openjpki.errors import Reason
from openjpki.services.registration.notices.notice_file import read_notices
from openjpki.services.registration.register.person_references import PersonReferences, link_of
from openjpki.services.registration.register.register_file import RegisterFileError

REFERENCES = PersonReferences(bytes(range(64)))
KEY = REFERENCES.register_key("13101")
HEADER = "sequence,resident_id,noticed_at"


def test_a_row_becomes_a_link_under_its_number() -> None:
    (one,) = read_notices([HEADER, "7,13101-000001,2027-03-25T09:00:00+09:00"], KEY)
    assert one.sequence == 7
    assert (
        one.notice.link == link_of(KEY, "13101-000001") == REFERENCES.link("13101", "13101-000001")
    )
    assert one.notice.noticed_at == datetime(2027, 3, 25, tzinfo=UTC)


def test_each_municipality_has_links_of_its_own_and_none_is_a_person_reference() -> None:
    number = "13101-000001"
    made = {
        REFERENCES.link("13101", number),
        REFERENCES.link("13102", number),
        REFERENCES.of(number),
        PersonReferences(bytes(64)).link("13101", number),
    }
    assert len(made) == 4
    assert {len(one) for one in made} == {32}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("0,13101-000001,2027-03-25T00:00:00Z", "sequence"),
        ("一,13101-000001,2027-03-25T00:00:00Z", "sequence"),
        ("1,secret number,2027-03-25T00:00:00Z", "resident_id"),
        ("1,13101-000001,2027-03-25", "noticed_at"),
        ("1,13101-000001,2027-03-25T00:00:00", "noticed_at"),
        ("1,13101-000001", None),
        ("1,13101-000001,2027-03-25T00:00:00Z,moved", None),
    ],
)
def test_what_can_not_be_taken_is_named_by_line_and_column(row: str, column: str | None) -> None:
    with pytest.raises(RegisterFileError) as refused:
        list(read_notices([HEADER, row], KEY))
    assert (refused.value.reason, refused.value.line) == (Reason.INVALID_FIELD, 2)
    assert refused.value.column == column
    assert "secret" not in str(refused.value)


def test_other_columns_are_no_file_of_changes() -> None:
    with pytest.raises(RegisterFileError) as refused:
        list(read_notices(["sequence,resident_id,noticed_at,what", "1,a,b,c"], KEY))
    assert refused.value.line == 1
