"""What the watcher of plans calls slow: judged by plans as the databases write them."""

from __future__ import annotations

import pytest

from tests.support.plans import FEW, all_tables, in_postgresql, in_sqlite

LIVE = "SELECT serial FROM issuances WHERE authority_id = ? AND person_reference = ? AND live"


@pytest.mark.parametrize(
    ("step", "slow"),
    [
        ("SCAN applications", True),
        ("SEARCH issuances USING INDEX sqlite_autoindex_issuances_1 (authority_id=?)", True),
        ("SEARCH certificates USING INDEX x (authority_id=? AND kind=?)", True),
        (
            "SEARCH issuances USING INDEX uq_issuances_live_person"
            " (authority_id=? AND person_reference=?)",
            False,
        ),
        ("SEARCH issuances USING INDEX ix_issuances_intents (authority_id=?)", False),
        ("SCAN issuances USING INDEX ix_issuances_intents", False),
        ("SEARCH issuances USING INDEX ix_issuances_users (authority_id=?)", True),
        (
            "SEARCH issuances USING INDEX ix_issuances_users (authority_id=? AND intended_at>?)",
            False,
        ),
        ("SEARCH issuances USING INDEX uq_issuances_live_person (authority_id=?)", True),
        ("SCAN issuances USING INDEX uq_issuances_live_person", True),
        ("SCAN applications USING INDEX uq_applications_live_person", True),
        ("SCAN revocations USING INDEX ix_revocations_list", True),
        ("SCAN authorities", False),
        ("SCAN 2 CONSTANT ROWS", False),
    ],
)
def test_a_step_of_sqlites(step: str, slow: bool) -> None:
    assert bool(in_sqlite([step], LIVE)) is slow


def test_the_first_of_an_order_is_found_at_once() -> None:
    first = "SELECT at FROM feed_events WHERE authority_id = ? ORDER BY sequence LIMIT ?"
    step = "SEARCH feed_events USING INDEX x (authority_id=?)"
    assert in_sqlite([step], first) == []
    assert in_sqlite([step, "USE TEMP B-TREE FOR ORDER BY"], first) == [step]


def test_a_plan_of_postgresqls() -> None:
    scan = {"Node Type": "Seq Scan", "Relation Name": "applications"}
    small = {"Node Type": "Seq Scan", "Relation Name": "authorities"}
    found = {"Node Type": "Index Scan", "Relation Name": "issuances", "Index Name": "x"}
    for plan, slow in (
        (scan, True),
        ({"Node Type": "Hash Join", "Plans": [small, scan]}, True),
        ({"Node Type": "Limit", "Plans": [scan]}, False),
        ({"Node Type": "Limit", "Plans": [{"Node Type": "Sort", "Plans": [scan]}]}, True),
        (small, False),
        (found, False),
    ):
        assert bool(in_postgresql(plan, limited=False)) is slow


def test_what_is_said_to_have_few_rows_is_of_some_rows_alone() -> None:
    partial = {
        index.name
        for table in all_tables()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    assert set(FEW) <= partial
