"""SPIFFE ids, read strictly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.api.types.v1 import authorization_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import (
    MAX_SPIFFE_ID,
    PeerIdentity,
    check_trust_domain,
    parse_spiffe_id,
    spiffe_id,
)
from openjpki.rpc.identity.roles import PeerRole, role_of_name, role_of_number

DOMAIN = "openjpki.example"
SEGMENTS = st.from_regex(r"[A-Za-z0-9._-]{1,40}", fullmatch=True).filter(
    lambda text: text not in {".", ".."}
)


@pytest.mark.parametrize(
    ("path", "role", "scope", "subject"),
    [
        ("registration", PeerRole.REGISTRATION, "", ""),
        ("ca/signing-13", PeerRole.CA, "signing-13", ""),
        ("window-officer/13101/officer-7", PeerRole.WINDOW_OFFICER, "13101", "officer-7"),
        ("verifier/nta", PeerRole.VERIFIER, "nta", ""),
        ("verifier/nta/desk_2.a", PeerRole.VERIFIER, "nta", "desk_2.a"),
        ("bridge-officer/bridge/o1", PeerRole.BRIDGE_OFFICER, "bridge", "o1"),
    ],
)
def test_reads_role_scope_and_subject(path: str, role: PeerRole, scope: str, subject: str) -> None:
    text = f"spiffe://{DOMAIN}/{path}"
    assert parse_spiffe_id(text, DOMAIN) == PeerIdentity(role, scope, subject, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "spiffe://",
        f"spiffe://{DOMAIN}",
        f"spiffe://{DOMAIN}/",
        f"spiffe://{DOMAIN}//registration",
        f"spiffe://{DOMAIN}/registration/",
        f"spiffe://{DOMAIN}/registration/.",
        f"spiffe://{DOMAIN}/registration/..",
        f"spiffe://{DOMAIN}/verifier/a/../b",
        f"spiffe://{DOMAIN}/registration?x=1",
        f"spiffe://{DOMAIN}/registration#x",
        f"spiffe://{DOMAIN}/verifier/%6eta",
        f"spiffe://{DOMAIN}/verifier/日本",
        f"spiffe://{DOMAIN}/verifier/a b",
        f"spiffe://{DOMAIN}/verifier/a\n",
        f"spiffe://{DOMAIN}/REGISTRATION",
        f"spiffe://{DOMAIN}/role-registration",
        f"spiffe://{DOMAIN}/any-peer",
        f"spiffe://{DOMAIN}/unspecified",
        f"spiffe://{DOMAIN}/administrator",
        f"spiffe://{DOMAIN}/window-officer",
        f"spiffe://{DOMAIN}/window-officer/13101",
        f"spiffe://{DOMAIN}/verifier",
        f"spiffe://{DOMAIN}/operator/x",
        f"spiffe://{DOMAIN}/registration/a/b/c",
        f"spiffe://{DOMAIN}.evil/registration",
        f"spiffe://evil.{DOMAIN}/registration",
        f"spiffe://{DOMAIN.upper()}/registration",
        f"SPIFFE://{DOMAIN}/registration",
        f"https://{DOMAIN}/registration",
        f"spiffe://user@{DOMAIN}/registration",
        f"spiffe://{DOMAIN}:443/registration",
        f" spiffe://{DOMAIN}/registration",
        f"spiffe://{DOMAIN}/verifier/{'x' * MAX_SPIFFE_ID}",
        f"spiffe://{DOMAIN}/verifier/{'x' * 256}",
    ],
)
def test_refuses_everything_else(text: str) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        parse_spiffe_id(text, DOMAIN)
    assert refused.value.reason is Reason.UNAUTHENTICATED
    assert len(refused.value.message) < 120  # never quotes what was presented


@given(role=st.sampled_from(PeerRole), scope=SEGMENTS, subject=SEGMENTS)
def test_what_is_written_is_read_back(role: PeerRole, scope: str, subject: str) -> None:
    written = spiffe_id(DOMAIN, role, scope, subject)
    assert parse_spiffe_id(written, DOMAIN) == PeerIdentity(role, scope, subject, written)


@given(st.text(alphabet="ab/.-_%", max_size=12) | st.text(max_size=60))
def test_no_text_is_read_as_two_identities(text: str) -> None:
    """A scope chosen by somebody can't add a segment or change the role."""
    try:
        written = spiffe_id(DOMAIN, PeerRole.VERIFIER, text)
    except OpenJpkiError:
        return
    read = parse_spiffe_id(written, DOMAIN)
    assert (read.role, read.scope, read.subject) == (PeerRole.VERIFIER, text, "")


def test_subject_without_scope_is_refused() -> None:
    with pytest.raises(OpenJpkiError):
        spiffe_id(DOMAIN, PeerRole.REGISTRATION, "", "someone")


@pytest.mark.parametrize("name", ["", "A.example", "a/b", "a b", ".a", "a.", "a:1", "x" * 300])
def test_refuses_trust_domains(name: str) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        check_trust_domain(name)
    assert refused.value.field == "trust_domain"


def test_roles_are_the_contracts() -> None:
    values = authorization_pb2.Role.DESCRIPTOR.values
    spelled = {value.name.removeprefix("ROLE_").lower().replace("_", "-") for value in values}
    assert spelled - {"unspecified", "any-peer"} == {role.value for role in PeerRole}
    for value in values:
        role = role_of_number(value.number)
        assert role is role_of_name(value.name.removeprefix("ROLE_").lower().replace("_", "-"))
    assert role_of_number(0) is None
    assert role_of_number(1) is None
    assert role_of_number(999) is None
