"""Scopes of callers of every role, and requests within them and without."""

from __future__ import annotations

from typing import Any

from openjpki.rpc.identity.roles import PeerRole

OWN_SCOPE = "13101"
OTHER_SCOPE = "27100"
OWN_REACH = {
    PeerRole.REGISTRATION: "13101.13102",
    PeerRole.OCSP: "signing-13.signing-14",
    PeerRole.GOVERNOR_OFFICER: "signing-13",
}
"""What the callers serve who serve several, in these tests; an operator's is the service's."""
OWN_VALUES = {"authority_id": "signing-13", "municipality_code": "13101"}
OTHER_VALUES = {
    "authority_id": ["signing-27", "authentication-27", "bridge", "signing-1"],
    "municipality_code": ["27100", "13103", "13", "131016", "13101.13102"],
}


def parts_of(role: PeerRole, service: PeerRole, scope: str = "") -> tuple[str, ...]:
    """Scope and subject, as many as the role needs."""
    if not scope and role.names_its_service:
        scope = service.value
    return (scope or OWN_REACH.get(role, OWN_SCOPE), "someone")[: role.parts]


def limited(role: PeerRole, service: PeerRole) -> str:
    """A scope of a role that reaches several, which is not everything."""
    return f"{service.value}.signing-13" if role is PeerRole.OPERATOR else OWN_REACH[role]


def put(message: Any, path: str, value: str) -> None:
    """Sets a field by its path; of a list, in each element."""
    name, _, rest = path.partition(".")
    if not rest:
        setattr(message, name, value)
        return
    found = getattr(message, name)
    if message.DESCRIPTOR.fields_by_name[name].is_repeated:
        for one in found:
            put(one, rest, value)
    else:
        put(found, rest, value)
