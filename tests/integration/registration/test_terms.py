"""Which terms of use an applicant accepted is asked for, recorded and shown (R2.4.2b)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.service import build
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.support.ca_service import TRUST_DOMAIN
from tests.support.registration_service import (
    TOYAMA_CITY,
    fill_register,
    make_settings,
    residents_of,
    running_registration,
    urls_in,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.registration_service import Desk

NOBODY = 1
"""A port nobody listens on: ca is not asked about who never had a certificate."""
RULES = """{"version": "2027-04", "fees": {"issue": 500, "reissue": 1000},
 "terms": {"version": "%s", "uri": "https://pki.example.jp/terms"}}"""


@pytest.fixture(scope="module")
def mesh() -> MeshAuthority:
    return MeshAuthority.create(clock=SystemClock(), trust_domain=TRUST_DOMAIN)


def rules_of(desk: Desk) -> pb.GetWindowRulesResponse:
    return desk.stub.GetWindowRules(pb.GetWindowRulesRequest(municipality_code=desk.municipality))


@pytest.mark.requirement("R2.4.2b")
def test_the_terms_in_force_are_accepted_and_recorded(tmp_path: Path, mesh: MeshAuthority) -> None:
    one, two = residents_of(TOYAMA_CITY, 2)
    urls = urls_in(tmp_path)
    fill_register(urls["register_url"], [one, two])
    file = tmp_path / "rules.json"
    file.write_text(RULES % "2")
    with running_registration(tmp_path, mesh, NOBODY, window_rules=file, **urls) as running:
        desk = running.desk()
        told = rules_of(desk)
        assert (told.version, told.terms.version) == ("2027-04", "2")
        assert (told.issue_fee_yen, told.reissue_fee_yen) == (500, 1000)
        for said in ("", "1"):
            with pytest.raises(OpenJpkiError) as refusal:
                desk.submit(one, accepted_terms=said)
            assert refusal.value.reason is Reason.INVALID_FIELD
            assert refusal.value.field == "accepted_terms"
            assert refusal.value.metadata["version"] == "2"
        asked = desk.signed_form(one, accepted_terms="2")
        taken = desk.stub.SubmitApplication(asked).application
        assert taken.accepted_terms == "2"
        entered = [entry for entry in running.journal() if entry.act == "application.submitted"]
        assert [entry.details["accepted_terms"] for entry in entered] == ["2"]
    # Others come into force: what was accepted stays, and a retry gets its answer.
    file.write_text(RULES % "3")
    with running_registration(tmp_path, mesh, NOBODY, window_rules=file, **urls) as running:
        desk = running.desk()
        assert desk.get(taken.application_id).accepted_terms == "2"
        assert desk.stub.SubmitApplication(asked).application == taken
        assert desk.submit(two, accepted_terms="3").accepted_terms == "3"


def test_without_terms_none_are_accepted(tmp_path: Path, mesh: MeshAuthority) -> None:
    (person,) = residents_of(TOYAMA_CITY, 1)
    urls = urls_in(tmp_path)
    fill_register(urls["register_url"], [person])
    with running_registration(tmp_path, mesh, NOBODY, **urls) as running:
        desk = running.desk()
        told = rules_of(desk)
        assert not told.HasField("terms")
        assert not told.HasField("issue_fee_yen")
        with pytest.raises(OpenJpkiError) as refusal:
            desk.submit(person, accepted_terms="2")
        assert refusal.value.field == "accepted_terms"
        assert desk.submit(person).accepted_terms == ""


def test_rules_that_can_t_be_read_stop_the_service(tmp_path: Path, mesh: MeshAuthority) -> None:
    file = tmp_path / "rules.json"
    for text in ("{", '{"term": {}}', None):
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
        settings = make_settings(tmp_path, mesh, NOBODY, window_rules=file, **urls_in(tmp_path))
        with pytest.raises(OpenJpkiError) as refusal:
            build(settings, SystemClock())
        assert str(refusal.value.field).startswith("registration.window_rules")
