"""Of what officers signed the exact request passes: any other value is another one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca.tables import issuances, serials
from tests.support.ca_service import issue_request, running_ca

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

OTHER_WINDOW = "16201002B"


@pytest.fixture(scope="module")
def one_ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCa]:
    folder: Path = tmp_path_factory.mktemp("ca")
    with running_ca(folder, f"sqlite:///{folder / 'ca.db'}") as running:
        yield running


_SIGNED = ("submitted", "checked", "presented", "decided")
_WAYS = st.one_of(
    st.tuples(
        st.sampled_from(_SIGNED), st.just("signature"), st.integers(0, 10_000), st.integers(1, 255)
    ),
    st.tuples(
        st.sampled_from(_SIGNED), st.just("key_sha256"), st.integers(0, 31), st.integers(1, 255)
    ),
    st.tuples(st.sampled_from(_SIGNED), st.just("signed_at"), st.integers(1, 86_400), st.none()),
    st.tuples(st.sampled_from(_SIGNED), st.just("request_id"), st.uuids().map(str), st.none()),
    st.tuples(st.just(""), st.just("application_id"), st.uuids().map(str), st.none()),
    st.tuples(
        st.just("attributes"),
        st.just("birth_date"),
        st.dates(datetime(1950, 1, 1).date(), datetime(1979, 1, 1).date()).map(str),  # noqa: DTZ001
        st.none(),
    ),
    st.tuples(
        st.just("check"), st.just("document_kind"), st.sampled_from(["passport", "x-y"]), st.none()
    ),
    st.tuples(
        st.just(""), st.just("window_id"), st.sampled_from([OTHER_WINDOW, "16201009Z"]), st.none()
    ),
)


@pytest.mark.requirement("R9.2.1", refuses=True)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(way=_WAYS)
def test_only_the_exact_request_passes(
    one_ca: RunningCa, keys: Keys, way: tuple[str, str, object, object]
) -> None:
    request = issue_request(keys[2])
    where, field, value, flip = way
    target = getattr(request, where) if where else request
    if isinstance(flip, int) and isinstance(value, int):
        octets = bytearray(getattr(target, field))
        octets[value % len(octets)] ^= flip
        setattr(target, field, bytes(octets))
    elif field == "signed_at":
        getattr(target, field).seconds -= value
    else:
        setattr(target, field, value)
    with pytest.raises(OpenJpkiError) as refusal:
        one_ca.certificates().IssueCertificate(request)
    assert refusal.value.reason in {
        Reason.EVIDENCE_SIGNATURE_INVALID,
        Reason.OFFICER_NOT_ENROLLED,
    }
    # The authority's own certificate has the only serial number.
    with one_ca.service.ca.database.reading() as tx:
        counted = [
            tx.connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (issuances, serials)
        ]
    assert counted == [0, 1]
