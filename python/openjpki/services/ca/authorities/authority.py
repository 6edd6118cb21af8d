"""An authority as the use cases see it: its record, its policy, the generations of its key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.domain.authority import not_an_authority
from openjpki.domain.policy import parse_policy
from openjpki.errors import OpenJpkiError, Reason, kind_of
from openjpki.storage.ca import authorities, generations
from openjpki.storage.kernel.unreadable import NOT_READ, Unreadable, not_readable
from openjpki.x509.der import UNREADABLE
from openjpki.x509.profiles.names import name_der, partition_name

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.generation import Generation
    from openjpki.domain.municipality import Prefecture
    from openjpki.domain.policy import AuthorityPolicy
    from openjpki.services.common.key_ring import KeyRing
    from openjpki.services.common.metered_key import MeteredKey
    from openjpki.storage.ca.authorities import AuthorityRecord
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import LeftOut


@dataclass(frozen=True, slots=True)
class Authority:
    """A prefectural authority with its policy parsed."""

    record: AuthorityRecord
    policy: AuthorityPolicy
    generations: tuple[Generation, ...]
    """First to last; one at least."""
    issuing: Generation | None = field(init=False, repr=False, compare=False)
    """The generation that issues, if one does. Looked for once, as it is asked for at every step of
    an issuance."""

    def __post_init__(self) -> None:
        issuing = next((one for one in self.generations if one.may_sign_certificates), None)
        object.__setattr__(self, "issuing", issuing)

    @property
    def authority_id(self) -> AuthorityId:
        """Which one it is."""
        return self.record.authority_id

    @property
    def prefecture(self) -> Prefecture:
        """Whose governor it is."""
        prefecture = self.authority_id.prefecture
        if prefecture is None:
            raise OpenJpkiError(Reason.INTERNAL, "the service bridge is no authority of ca")
        return prefecture

    @property
    def name(self) -> x509.Name:
        """The authority's DN, the same for every generation."""
        return certificate_of(self.generations[0]).subject

    def partition_der(self, partition: str) -> bytes:
        """The DN of a CRL partition's distribution point, DER. Raises ``INVALID_FIELD``,
        ``STORED_UNREADABLE``."""
        return _partition_der(certificate_of(self.generations[0]), partition)

    @property
    def current(self) -> Generation:
        """The generation that issues. Raises ``AUTHORITY_NOT_ACTIVE``."""
        issuing = self.issuing
        if issuing is None:
            raise OpenJpkiError(
                Reason.AUTHORITY_NOT_ACTIVE,
                "has no generation of its key in the state active",
                field="authority_id",
            )
        return issuing

    @property
    def signing_lists(self) -> tuple[Generation, ...]:
        """Those that sign lists and responders' certificates."""
        return tuple(one for one in self.generations if one.may_sign_lists)

    def require_signing_lists(self, number: int | None) -> Generation:
        """The generation of a number, or the one that issues for None; it signs lists.

        Raises ``GENERATION_NOT_FOUND``, ``AUTHORITY_NOT_ACTIVE``.
        """
        found = self.current if number is None else self.generation(number)
        if not found.may_sign_lists:
            raise OpenJpkiError(
                Reason.AUTHORITY_NOT_ACTIVE,
                "is in a state in which no lists and no responders' certificates are signed",
                field="generation",
            )
        return found

    def generation(self, number: int) -> Generation:
        """The generation of a number. Raises ``GENERATION_NOT_FOUND``."""
        for one in self.generations:
            if one.number == number:
                return one
        raise OpenJpkiError(
            Reason.GENERATION_NOT_FOUND,
            "is not a generation of this authority's key",
            field="generation",
        )


# A name is put together of a dozen objects, and is the same for all certificates of a municipality.
@lru_cache(maxsize=4096)
def _partition_der(certificate: x509.Certificate, partition: str) -> bytes:
    return name_der(partition_name(certificate.subject, partition))


def require_authority(tx: Reading, authority_id: AuthorityId) -> Authority:
    """The authority of an id. Raises ``AUTHORITY_NOT_FOUND``, ``STORED_UNREADABLE``."""
    return _of(authorities.with_generations(tx, authority_id))


def _of(found: tuple[AuthorityRecord, tuple[Generation, ...]] | None) -> Authority:
    if found is None:
        raise not_an_authority()
    record, its_generations = found
    return Authority(record, _policy_of(record), its_generations)


def require_active(tx: Reading, authority_id: AuthorityId) -> Authority:
    """An authority that its operator lets issue, and that has a ``current`` generation.

    Raises ``AUTHORITY_NOT_FOUND``, ``AUTHORITY_NOT_ACTIVE``, ``STORED_UNREADABLE``.
    """
    return active_of(authorities.with_generations(tx, authority_id))


def active_of(found: tuple[AuthorityRecord, tuple[Generation, ...]] | None) -> Authority:
    """As :func:`require_active`, of what is stored of it."""
    authority = _of(found)
    if not authority.record.active:
        raise OpenJpkiError(
            Reason.AUTHORITY_NOT_ACTIVE, "was stopped by its operator", field="authority_id"
        )
    # Asked for here, so that a refusal comes before anything is reserved.
    _ = authority.current
    return authority


def as_authority(tx: Reading, record: AuthorityRecord) -> Authority:
    """A stored authority, parsed, with its generations. Raises ``STORED_UNREADABLE``."""
    its_generations = generations.of(tx, record.authority_id)
    return Authority(record, _policy_of(record), its_generations)


def readable_authorities(tx: Reading, *, left_out: LeftOut) -> list[Authority]:
    """Every authority here. One whose policy or a generation of whose key can't be read, or whose
    kind a newer release knows, is told to ``left_out``: it does nothing, and must not keep the
    others from anything."""
    found: list[Authority] = []
    for record in authorities.all_of(tx, left_out=left_out):
        unreadable: list[Unreadable] = []
        its_generations = generations.of(tx, record.authority_id, left_out=unreadable.append)
        try:
            policy = _policy(record.policy_json)
        except NOT_READ as error:
            unreadable.append(Unreadable.of(authorities.TABLE, str(record.authority_id), error))
        if not its_generations and not unreadable:
            # Its name is in their certificates: there is none.
            rule = Reason.GENERATION_NOT_FOUND.name
            unreadable.append(Unreadable(authorities.TABLE, str(record.authority_id), rule))
        for generation in its_generations:
            try:
                certificate_of(generation)
            except OpenJpkiError as error:
                unreadable.append(Unreadable.of_refusal(error))
        if not unreadable:
            found.append(Authority(record, policy, its_generations))
        for one in unreadable:
            left_out(one)
    return found


def certificate_of(generation: Generation) -> x509.Certificate:
    """A generation's self-signed certificate, read. Raises ``STORED_UNREADABLE``."""
    try:
        return _certificate(generation.certificate)
    except UNREADABLE as error:
        key = f"{generation.authority_id}/{generation.number}"
        raise not_readable(Unreadable.of(generations.TABLE, key, error)) from error


def key_of(keys: KeyRing, generation: Generation) -> MeteredKey:
    """The key of a generation. Raises ``KEY_NOT_FOUND``, ``KEY_DEVICE_UNAVAILABLE``."""
    return keys.key_of(generation.key_label, certificate_of(generation))


def _policy_of(record: AuthorityRecord) -> AuthorityPolicy:
    """For whoever decides by it. What the service keeps is no fault of the caller's, who is to ask
    again when it was put right."""
    try:
        return _policy(record.policy_json)
    except NOT_READ as error:
        one = Unreadable.of(authorities.TABLE, str(record.authority_id), error)
        raise not_readable(one) from error


def policy_fault(record: AuthorityRecord) -> str:
    """The rule that a stored policy breaks, empty where it can be read."""
    try:
        _policy(record.policy_json)
    except OpenJpkiError as error:
        return f"{error.field} {error.message}"
    except NOT_READ as error:
        return kind_of(error)
    return ""


# Parsed once: issuance reads it for every certificate, and it is changed once in years.
@lru_cache(maxsize=128)
def _policy(document: str) -> AuthorityPolicy:
    parsed = json.loads(document)
    if not isinstance(parsed, dict):
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be a JSON object", field="policy")
    return parse_policy(parsed)


@lru_cache(maxsize=128)
def _certificate(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)
