"""Which keys of OCSP responders may have certificates: proposed, approved by another, withdrawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.journal import (
    RESPONDER_KEY_ENROLLED,
    RESPONDER_KEY_PROPOSED,
    RESPONDER_KEY_WITHDRAWN,
)
from openjpki.services.ca.responders.lapses import LAPSES_AFTER, has_lapsed
from openjpki.services.ca.revocation.end_responders import end_certificates_of
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.two_people import require_another, require_few, require_standing
from openjpki.storage.ca import responder_keys, used_keys
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.ca.responder_keys import ResponderKey, ResponderKeyState
from openjpki.x509.foreign.csr import parse_csr
from openjpki.x509.foreign.key_rules import ENROLLED_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.kernel.acts import Act, Value
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.x509.foreign.csr import CertificateRequest

CSR_FIELD = "certification_request"
MOST_PROPOSED = 100
"""Keys of one authority that one operator has proposed and nobody has decided on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedKey:
    """A key that an operator wants to be known."""

    authority_id: AuthorityId
    replica: str
    certification_request: CertificateRequest
    """With the key; its signature shows that whoever asked has it."""


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A key in the register."""

    authority_id: AuthorityId
    key_sha256: bytes


def read_request(der: bytes) -> CertificateRequest:
    """A responder's PKCS#10. Raises the reasons of one that is refused."""
    return parse_csr(der, rule=ENROLLED_KEYS, field=CSR_FIELD)


def propose_key(
    ca: CaContext, wanted: ProposedKey, request_key: RequestKey, *, proposed_with: str | None
) -> ResponderKey:
    """Keep it, for another operator to approve; the same on a retry.

    ``proposed_with``: the fingerprint of the certificate that the operator calls with; None at a
    console. Raises ``AUTHORITY_NOT_FOUND``, ``RESPONDER_KEY_EXISTS``, ``KEY_ALREADY_USED``,
    ``KEY_OF_AUTHORITY``, ``TOO_MANY_ENTRIES``, ``NOT_THE_OWNER``.
    """
    key = ResponderKey(
        authority_id=wanted.authority_id,
        key_sha256=wanted.certification_request.fingerprint,
        replica=wanted.replica,
        state=ResponderKeyState.PROPOSED,
        proposed_by=request_key.caller,
        proposed_at=ca.clock.now(),
        proposed_with=proposed_with,
    )

    def work(tx: Transaction) -> ResponderKey:
        require_authority(tx, key.authority_id)
        used_keys.require_usable(tx, key.key_sha256, CertificateKind.RESPONDER)
        require_few(
            responder_keys.count_proposed(tx, key, since=key.proposed_at - LAPSES_AFTER) + 1,
            MOST_PROPOSED,
            f"has proposed {MOST_PROPOSED} keys of this authority that nobody has decided on",
        )
        if not responder_keys.add(tx, key):
            raise OpenJpkiError(
                Reason.RESPONDER_KEY_EXISTS, "holds a key that is in the register", field=CSR_FIELD
            )
        _enter(ca, tx, RESPONDER_KEY_PROPOSED, key, request_key)
        return key

    return _once(ca, NamedKey(key.authority_id, key.key_sha256), request_key, work)


def approve_key(ca: CaContext, named: NamedKey, request_key: RequestKey) -> ResponderKey:
    """Enrol it; the same on a retry.

    Raises ``RESPONDER_KEY_NOT_FOUND``, ``WRONG_STATE``, ``SAME_OFFICER``, ``NOT_THE_OWNER``.
    """

    def work(tx: Transaction) -> ResponderKey:
        key = _require(tx, named)
        if key.state is not ResponderKeyState.PROPOSED:
            raise _wrong_state(key)
        if has_lapsed(key, ca.clock.now()):
            raise _wrong_state(replace(key, state=ResponderKeyState.WITHDRAWN))
        require_another(
            key.proposed_by,
            request_key.caller,
            "must be approved by another operator than who proposed it",
            field="key_sha256",
        )
        require_standing(
            tx,
            key.proposed_by,
            certificate=key.proposed_with,
            field="key_sha256",
            state=key.state.value,
        )
        enrolled = _move(tx, key, ResponderKeyState.ENROLLED)
        facts = {"proposed_by": key.proposed_by}
        _enter(ca, tx, RESPONDER_KEY_ENROLLED, enrolled, request_key, facts)
        return enrolled

    return _once(ca, named, request_key, work)


def withdraw_key(ca: CaContext, named: NamedKey, request_key: RequestKey) -> ResponderKey:
    """End it for good, and with it every certificate that it has; the same on a retry.

    Raises ``RESPONDER_KEY_NOT_FOUND``, ``WRONG_STATE``, ``NOT_THE_OWNER``.
    """

    def work(tx: Transaction) -> ResponderKey:
        key = _require(tx, named)
        if key.state is ResponderKeyState.WITHDRAWN:
            raise _wrong_state(key)
        withdrawn = _move(tx, key, ResponderKeyState.WITHDRAWN)
        # Before the entry: who issues or revokes has the feed, too, when it queues for the journal.
        end_certificates_of(ca, tx, withdrawn, request_key)
        _enter(ca, tx, RESPONDER_KEY_WITHDRAWN, withdrawn, request_key)
        return withdrawn

    return _once(ca, named, request_key, work)


def list_keys(ca: CaContext, authority_id: AuthorityId) -> list[ResponderKey]:
    """Every key of an authority's responders. Raises ``AUTHORITY_NOT_FOUND``."""
    with ca.database.reading() as tx:
        require_authority(tx, authority_id)
        return responder_keys.of(tx, authority_id, left_out=tell_left_out)


def _once(
    ca: CaContext,
    named: NamedKey,
    request_key: RequestKey,
    work: Callable[[Transaction], ResponderKey],
) -> ResponderKey:
    """What is kept of an answer is the state; the rest of a key never changes."""
    with ca.fence.writing(named.authority_id) as writer:
        state = ca.requests.once(
            writer, request_key, ca.clock.now(), lambda tx: work(tx).state.value.encode()
        )
        found = writer.run(lambda tx: _require(tx, named))
    return replace(found, state=ResponderKeyState(state.decode()))


def _require(tx: Transaction, named: NamedKey) -> ResponderKey:
    require_authority(tx, named.authority_id)
    found = responder_keys.get(tx, named.authority_id, named.key_sha256)
    if found is None:
        raise OpenJpkiError(
            Reason.RESPONDER_KEY_NOT_FOUND, "is no key in the register", field="key_sha256"
        )
    return found


def _move(tx: Transaction, key: ResponderKey, then: ResponderKeyState) -> ResponderKey:
    if not responder_keys.move(tx, key, then):
        raise _wrong_state(key)
    return replace(key, state=then)


def _enter(
    ca: CaContext,
    tx: Transaction,
    act: Act,
    key: ResponderKey,
    request_key: RequestKey,
    facts: Mapping[str, Value] | None = None,
) -> None:
    ca.journal.append(
        tx,
        act,
        stream=str(key.authority_id),
        actor=request_key.caller,
        subject=key.key_sha256.hex(),
        details={"replica": key.replica, **(facts or {})},
        at=ca.clock.now(),
    )


def _wrong_state(key: ResponderKey) -> OpenJpkiError:
    return OpenJpkiError(
        Reason.WRONG_STATE,
        f"is {key.state.value} already",
        field="key_sha256",
        state=key.state.value,
    )
