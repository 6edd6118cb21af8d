"""What windows go by, as data: read whole, or refused by the field that does not fit."""

from __future__ import annotations

import pytest

from openjpki.domain.window_rules import Fees, Terms, WindowRules, parse_window_rules
from openjpki.errors import OpenJpkiError, Reason

SOUND = b"""{"version": "2027-04", "terms": {"version": "2", "uri": "https://a.example/t"},
 "fees": {"issue": 0, "reissue": 100}}"""


def test_what_is_left_out_has_its_default() -> None:
    assert parse_window_rules(b"{}", field="rules") == WindowRules()
    assert parse_window_rules(SOUND, field="rules") == WindowRules(
        "2027-04", Terms("2", "https://a.example/t"), Fees(0, 100)
    )


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ('{"verson": "1"}', "rules.verson"),
        ('{"version": "a b"}', "rules.version"),
        ('{"terms": {"version": "", "uri": "https://a"}}', "rules.terms.version"),
        ('{"terms": {"version": "1", "uri": "ftp://a"}}', "rules.terms.uri"),
        ('{"terms": {"version": "1"}}', "rules.terms.uri"),
        ('{"fees": {"issue": -1}}', "rules.fees.issue"),
        ('{"fees": {"issue": "500"}}', "rules.fees.issue"),
        ('{"fees": {"reissue": 100001}}', "rules.fees.reissue"),
        # What is paid after a loss is more (R5.1.2).
        ('{"fees": {"issue": 500, "reissue": 500}}', "rules.fees.reissue"),
        ("[", "rules"),
    ],
)
def test_what_does_not_fit_is_named(said: str, field: str) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        parse_window_rules(said.encode(), field="rules")
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, field)
