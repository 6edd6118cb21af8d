"""SPIFFE ids, read strictly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.api.types.v1 import authorization_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import (
    MAX_SPIFFE_ID,
    PeerIdentity,
    check_trust_domain,
    parse_spiffe_id,
    spiffe_id,
)
from openjpki.rpc.identity.roles import MAX_PARTS, PeerRole, role_of_name, role_of_number

DOMAIN = "openjpki.example"
SEGMENTS = st.from_regex(r"[A-Za-z0-9._-]{1,40}", fullmatch=True).filter(
    lambda text: text not in {".", ".."}
)


@pytest.mark.parametrize(
    ("path", "role", "scope", "subject"),
    [
        ("bridge", PeerRole.BRIDGE, "", ""),
        ("registration/nationwide", PeerRole.REGISTRATION, "nationwide", ""),
        ("registration/13", PeerRole.REGISTRATION, "13", ""),
        ("registration/13101.27", PeerRole.REGISTRATION, "13101.27", ""),
        ("ocsp/signing-13.signing-27", PeerRole.OCSP, "signing-13.signing-27", ""),
        ("ocsp/nationwide/ocsp-2", PeerRole.OCSP, "nationwide", "ocsp-2"),
        ("operator/ca/tanaka", PeerRole.OPERATOR, "ca", "tanaka"),
        ("operator/ocsp.signing-13/tanaka", PeerRole.OPERATOR, "ocsp.signing-13", "tanaka"),
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
        f"spiffe://{DOMAIN}/operator/verifier/tanaka",
        f"spiffe://{DOMAIN}/operator/nationwide/tanaka",
        f"spiffe://{DOMAIN}/operator/ca./tanaka",
        f"spiffe://{DOMAIN}/operator/ca.13/tanaka",
        f"spiffe://{DOMAIN}/operator/ca.signing-99/tanaka",
        f"spiffe://{DOMAIN}/operator/ca.ocsp/tanaka",
        f"spiffe://{DOMAIN}/registration",
        f"spiffe://{DOMAIN}/registration/13/abc",
        f"spiffe://{DOMAIN}/registration/nationwide/registration-0",
        f"spiffe://{DOMAIN}/registration/48",
        f"spiffe://{DOMAIN}/registration/13000",
        f"spiffe://{DOMAIN}/registration/131016",
        f"spiffe://{DOMAIN}/registration/signing-13",
        f"spiffe://{DOMAIN}/registration/13.nationwide",
        f"spiffe://{DOMAIN}/registration/Nationwide",
        f"spiffe://{DOMAIN}/ocsp",
        f"spiffe://{DOMAIN}/ocsp/13",
        f"spiffe://{DOMAIN}/ocsp/signing-27.signing-13",
        f"spiffe://{DOMAIN}/ocsp/signing-13.",
        f"spiffe://{DOMAIN}/auditor/board/sato",
        f"spiffe://{DOMAIN}/ministry/mof",
        f"spiffe://{DOMAIN}/ceremony-officer/signing-13/sato",
        f"spiffe://{DOMAIN}/register-feed",
        f"spiffe://{DOMAIN}/register-feed/13101/abc",
        f"spiffe://{DOMAIN}/resident/13101/sato",
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


REACHES = {
    PeerRole.REGISTRATION: st.sampled_from(["nationwide", "13", "13101.13102", "13.27100"]),
    PeerRole.OCSP: st.sampled_from(["nationwide", "signing-13", "authentication-01.signing-13"]),
    PeerRole.OPERATOR: st.sampled_from(["ca", "bridge", "ocsp.signing-13", "registration"]),
}


@given(
    who=st.sampled_from(PeerRole).flatmap(
        lambda role: st.tuples(st.just(role), REACHES.get(role, SEGMENTS))
    ),
    subject=SEGMENTS,
)
def test_what_is_written_is_read_back(who: tuple[PeerRole, str], subject: str) -> None:
    role, scope = who
    subject = subject if role.most_parts == MAX_PARTS else ""
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
        spiffe_id(DOMAIN, PeerRole.VERIFIER, "", "someone")


@pytest.mark.parametrize("name", ["", "A.example", "a/b", "a b", ".a", "a.", "a:1", "x" * 300])
def test_refuses_trust_domains(name: str) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        check_trust_domain(name)
    assert refused.value.field == "trust_domain"


def test_what_a_scope_reaches_is_read_once() -> None:
    reach = parse_spiffe_id(f"spiffe://{DOMAIN}/operator/ca.signing-13/tanaka", DOMAIN).reach
    assert reach is not None
    assert reach.serves_authority(AuthorityId.signing("13"))
    assert not reach.serves_authority(AuthorityId.signing("27"))
    for path in ("window-officer/13101/officer-7", "ca/signing-13", "bridge-officer/bridge/o1"):
        assert parse_spiffe_id(f"spiffe://{DOMAIN}/{path}", DOMAIN).reach is None


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("operator/ca/tanaka", {PeerRole.CA}),
        ("operator/bridge.signing-13/tanaka", {PeerRole.BRIDGE}),
        ("bridge-officer/bridge/o1", {PeerRole.BRIDGE}),
        ("bridge-officer/elsewhere/o1", set()),
        ("bridge-officer/bridge.elsewhere/o1", set()),
        ("window-officer/13101/officer-7", set(PeerRole)),
        ("registration/nationwide", set(PeerRole)),
    ],
)
def test_who_works_at_one_service_works_at_no_other(path: str, at: set[PeerRole]) -> None:
    peer = parse_spiffe_id(f"spiffe://{DOMAIN}/{path}", DOMAIN)
    assert {role for role in PeerRole if peer.works_at(role)} == at


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
