"""Taking a revocation list into the pool: checked, and newer than the one it replaces.

What of a list's content counts for a certificate is decided where paths are validated. Here it is
only kept from taking the place of what is newer, or of another's. One with a critical extension
that is not processed takes no other's place: it is kept beside the newest that can be used, as
evidence in doubt (ADR 26).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from openjpki.domain.retention import RetentionClass
from openjpki.domain.stated_time import moment
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.find_partner import identity_of
from openjpki.services.bridge.pool.accept_numbering import counts_anew
from openjpki.services.bridge.pool.around_doubt import (
    around_doubt,
    end_doubts,
    is_over,
    row_and_kind,
)
from openjpki.storage.bridge import numberings, pool, pool_lists, taken_out_lists
from openjpki.storage.bridge.pool_lists import KeptList
from openjpki.telemetry.logging import get_logger
from openjpki.x509.crl.check import check_read_crl, not_processed
from openjpki.x509.foreign.reading import read_certificate, read_list

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.pool.known_lists import KnownLists
    from openjpki.signer_core import PathCertificate, PathRevocationList
    from openjpki.storage.bridge.taken_out_lists import TakenOut
    from openjpki.storage.kernel.transaction import Transaction

_log = get_logger("pool")
_FIELD = "revocation_list"
_SKEW = timedelta(minutes=5)
"""By so much another infrastructure's clock may be ahead of ours."""
_MAX_NUMBER_BITS = 159
MOST_NEWEST = 20_000
"""From one partner, each of another issuer, scope or kind: all of them are in memory where paths
are built."""


def take_own_list(
    bridge: BridgeContext, der: bytes, issuer: bytes, *, scope_der: bytes, known: KnownLists
) -> None:
    """Keep an authority list of ``issuer``, a governor (X.509 DER), in a transaction of its own;
    the one that is kept may come again. It is read once, and ``known`` from then on. One in doubt
    is kept as that, and refused all the same: there is no good one then.

    Raises ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER``, ``TRAILING_BYTES``, ``CRL_REFUSED``.
    """
    signer = read_certificate(issuer, field="issuer_certificate")
    read = known.find(hashlib.sha256(der).digest()) or read_list(
        der, field=_FIELD, whatever_is_critical=True
    )
    # Our own are held to our own profile too.
    check_read_crl(read, signer, scope_der=scope_der, field=_FIELD, whatever_is_critical=True)

    def keep(tx: Transaction) -> None:
        kept = pool_lists.find_newest(tx, identity_of(signer), _scope_of(read))
        if kept is None or kept.sha256 != read.sha256:
            keep_list(bridge, tx, read, signer)

    bridge.writer.run(keep)
    known.keep(read)
    if not read.is_processed:
        raise not_processed(_FIELD)


def keep_list(
    bridge: BridgeContext,
    tx: Transaction,
    read: PathRevocationList,
    issuer: PathCertificate,
    partner_id: str | None = None,
) -> None:
    """Check a list and keep it as the newest of its issuer and scope; the one before it stays, for
    its time.

    ``issuer``: whose key signed it; ``partner_id``: who handed it in. Raises ``CRL_REFUSED``.
    """
    ends = _require_usable(read, issuer)
    # From here on other writers wait: what is read now is what is replaced.
    pool.changing(tx)
    now = bridge.clock.now()
    if ends <= now:
        raise _refused("has expired")
    if moment(read.this_update) > now + _SKEW:
        raise _refused("is not valid yet")
    identity, scope = identity_of(issuer), _scope_of(read)
    known = _newest(tx, read, identity, scope)
    if partner_id is not None and not isinstance(known, KeptList):
        _require_place(tx, partner_id)
    older = [
        *([] if known is None or is_over(known, read) else [(known, "the one it replaces")]),
        *_of_ended_numbering(tx, identity, scope),
        *around_doubt(tx, read, identity),
        *([] if read.is_delta else _of_one_sequence(tx, read, identity, known)),
    ]
    # Once for all of them: from then on the acceptance is used.
    anew = partner_id is not None and counts_anew(tx, read.sha256, partner_id, now)
    for one, which in older:
        _require_newer(tx, read, one, which, anew=anew)
    pool_lists.keep(
        tx,
        KeptList(
            sha256=read.sha256,
            issuer=identity,
            scope=scope,
            number=read.number or 0,
            this_update=moment(read.this_update),
            next_update=ends,
            retained_from=RetentionClass.AUTHORITY_KEYS.begins(ends, moment(issuer.not_after)),
            partner_id=partner_id,
            octets=read.size,
        ),
        read.octets,
    )
    if read.is_processed:
        end_doubts(tx, read, identity)
    else:
        _log.warning(
            "a list has a critical extension that is not processed: whom it revokes is not good",
            sha256=read.sha256.hex(),
            issuer=read.issuer_text,
            partner=partner_id,
            entries=read.entries,
        )


def _require_place(tx: Transaction, partner_id: str) -> None:
    if pool_lists.newest_of(tx, partner_id) >= MOST_NEWEST:
        raise _refused(f"is of one scope more than the {MOST_NEWEST} taken from one partner")


def _newest(
    tx: Transaction, read: PathRevocationList, identity: bytes, scope: bytes
) -> KeptList | TakenOut | None:
    """The one whose place this one takes, if there is one."""
    known = pool_lists.find_newest(tx, identity, scope)
    if known is not None:
        return known
    gone = taken_out_lists.newest(tx, identity, scope)
    # It may come again itself, and nothing older in its place.
    return gone if gone is not None and gone.sha256 != read.sha256 else None


def _require_usable(read: PathRevocationList, issuer: PathCertificate) -> datetime:
    """The end of the list."""
    if read.issuer != issuer.subject:
        raise _refused("is another issuer's")
    if not issuer.key_usage_allows(_CRL_SIGN):
        raise _refused("is signed with a key that may not sign lists")
    fault = read.signature_fault(issuer)
    if fault is not None:
        raise _refused(f"has a signature that is not its issuer's, or not accepted: {fault}")
    if read.number is None or read.number.bit_length() > _MAX_NUMBER_BITS:
        raise _refused("must have a cRLNumber of at most 20 octets")
    if read.next_update is None or read.next_update <= read.this_update:
        raise _refused("must have a nextUpdate after its thisUpdate")
    return moment(read.next_update)


_CRL_SIGN = 6


def _require_newer(
    tx: Transaction, read: PathRevocationList, known: KeptList | TakenOut, which: str, *, anew: bool
) -> None:
    """``anew``: an officer has accepted that numbers count anew from this list on."""
    if (read.number or 0) > known.number:
        return
    if not anew:
        raise _refused(f"must have a higher cRLNumber than {which}")
    # Whoever counts anew has made the list later: an older one of theirs is no new count.
    if read.this_update <= known.this_update.timestamp():
        raise _refused(f"must be later than {which}")
    numberings.made_use_of(tx, read.sha256, known.sha256)


def _of_ended_numbering(
    tx: Transaction, identity: bytes, scope: bytes
) -> list[tuple[KeptList | TakenOut, str]]:
    """The list from before numbers counted anew, where that ended because an officer took out the
    list from which on they did: they count on from there, or are accepted once more."""
    sha256 = numberings.ended(tx, identity, scope)
    before = None
    if sha256 is not None:
        before = pool_lists.find(tx, sha256) or taken_out_lists.find(tx, sha256)
    return [] if before is None else [(before, "the one before a new count that was taken out")]


def _of_one_sequence(
    tx: Transaction, read: PathRevocationList, identity: bytes, known: KeptList | TakenOut | None
) -> list[tuple[KeptList | TakenOut, str]]:
    """Complete lists and deltas have one sequence of numbers (RFC 5280 5.2.3), and the engine takes
    no complete list that a delta before it outnumbers. A delta from before the list that is
    replaced was looked at with that one."""
    delta = pool_lists.find_newest(tx, identity, row_and_kind(read, delta=True, in_doubt=False))
    if (
        delta is not None
        and (known is None or known.this_update <= delta.this_update)
        and delta.this_update < moment(read.this_update)
    ):
        return [(delta, "a delta list before it")]
    return []


def _scope_of(read: PathRevocationList) -> bytes:
    """What is kept apart: lists about different certificates, those that only add to others, and
    those in doubt."""
    return row_and_kind(read, delta=read.is_delta, in_doubt=not read.is_processed)


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CRL_REFUSED, rule, field=_FIELD)
