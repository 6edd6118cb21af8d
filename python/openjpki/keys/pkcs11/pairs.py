"""Key pairs on a token: made so that one attribute decides whether a key exists.

A key exists when a private key object carries its label. A pair is generated under a provisional
label that is no key label, tried, its public half renamed, and its private half renamed last. A
process killed anywhere before that leaves only provisional objects, which nobody opens or lists,
and which a later generation clears away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import AttributeTypeInvalid, PKCS11Error

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.label import KeyLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pkcs11 import Object, Session, SignMixin

_PROVISIONAL = "unfinished:"
_PROVISIONAL_FOR = 3600
"""Seconds after which a provisional pair is taken for abandoned; no device takes so long."""

_PRIVATE = {
    Attribute.TOKEN: True,
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.SIGN: True,
    Attribute.DECRYPT: False,
    Attribute.UNWRAP: False,
}
_PUBLIC = {
    Attribute.TOKEN: True,
    Attribute.VERIFY: True,
    Attribute.ENCRYPT: False,
    Attribute.WRAP: False,
}


def generate(session: Session, label: str, bits: int, *, key_id: bytes, now: int) -> None:
    """Make the pair. ``now``: seconds since 1970. Raises ``KEY_EXISTS``, ``INTERNAL``."""
    clear_abandoned(session, now)
    if _private_keys(session, label):
        raise _exists(label)
    public, private = session.generate_keypair(
        KeyType.RSA,
        bits,
        id=key_id,
        label=f"{_PROVISIONAL}{now}:{label}",
        store=True,
        public_template=_PUBLIC,
        private_template=_PRIVATE,
    )
    try:
        _try_out(public, private)
        public[Attribute.LABEL] = label
        private[Attribute.LABEL] = label
        _refuse_twins(session, label)
    except BaseException:
        _destroy_pair(session, private)
        raise


def labels(session: Session) -> list[str]:
    """The labels of all keys on the token."""
    found = {_label_of(private) for private in _objects(session, ObjectClass.PRIVATE_KEY)}
    return sorted(label for label in found if label is not None and _is_label(label))


def destroy(session: Session, label: str) -> None:
    """Remove the pair. Raises as :func:`private_key`."""
    _destroy_pair(session, private_key(session, label))


def private_key(session: Session, label: str) -> Object:
    """The only one. Raises ``KEY_NOT_FOUND``; ``INTERNAL`` when it is not clear which."""
    found = _private_keys(session, label)
    if not found:
        raise OpenJpkiError(Reason.KEY_NOT_FOUND, f"there is no key {label}", key=label)
    if len(found) > 1:
        raise OpenJpkiError(Reason.INTERNAL, f"the token has several keys {label}", key=label)
    return found[0]


def clear_abandoned(session: Session, now: int) -> None:
    """Destroy provisional pairs of the past, and public keys that lost their private one."""
    owned = set()
    for private in _objects(session, ObjectClass.PRIVATE_KEY):
        if _abandoned(private, now):
            private.destroy()
        else:
            owned.add(private[Attribute.ID])
    for public in _objects(session, ObjectClass.PUBLIC_KEY):
        if public[Attribute.ID] in owned:
            continue
        # A pair gets its label public half first, so a public key under a final label without a
        # private one is what remains of a pair whose private half was destroyed.
        if _abandoned(public, now) or _is_label(_label_of(public) or ""):
            public.destroy()


def _try_out(public: Object, private: Object) -> None:
    """A signature that verifies, and a private exponent that stays where it is (FIPS 140-3)."""
    challenge = b"OpenJPKI pairwise consistency"
    signature = cast("SignMixin", private).sign(challenge, mechanism=Mechanism.SHA256_RSA_PKCS)
    modulus, exponent = (
        int.from_bytes(public[attribute], "big")
        for attribute in (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT)
    )
    try:
        rsa.RSAPublicNumbers(exponent, modulus).public_key().verify(
            signature, challenge, padding.PKCS1v15(), hashes.SHA256()
        )
    except InvalidSignature:
        raise OpenJpkiError(Reason.INTERNAL, "the new key's signature does not verify") from None
    if not private[Attribute.SENSITIVE] or private[Attribute.EXTRACTABLE]:
        raise OpenJpkiError(Reason.INTERNAL, "the device made a key that could leave it")


def _refuse_twins(session: Session, label: str) -> None:
    """Another host may have made the same key meanwhile; then each takes its own back."""
    if len(_private_keys(session, label)) > 1:
        raise _exists(label)


def _destroy_pair(session: Session, private: Object) -> None:
    key_id = private[Attribute.ID]
    private.destroy()
    for public in list(
        session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: key_id})
    ):
        public.destroy()


def _private_keys(session: Session, label: str) -> list[Object]:
    return [key for key in _objects(session, ObjectClass.PRIVATE_KEY) if _label_of(key) == label]


def _objects(session: Session, kind: ObjectClass) -> Iterator[Object]:
    # The list reads the search to its end: while one is open, the session refuses other calls.
    yield from list(session.get_objects({Attribute.CLASS: kind, Attribute.TOKEN: True}))


def _label_of(key: Object) -> str | None:
    try:
        return str(key[Attribute.LABEL])
    except (AttributeTypeInvalid, PKCS11Error, UnicodeDecodeError):
        return None  # no key of ours: another program's object, or one that was never finished


def _is_label(text: str) -> bool:
    try:
        KeyLabel.parse(text)
    except OpenJpkiError:
        return False
    return True


def _abandoned(key: Object, now: int) -> bool:
    label = _label_of(key) or ""
    made, _, _ = label.removeprefix(_PROVISIONAL).partition(":")
    return (
        label.startswith(_PROVISIONAL) and made.isdecimal() and now - int(made) > _PROVISIONAL_FOR
    )


def _exists(label: str) -> OpenJpkiError:
    return OpenJpkiError(
        Reason.KEY_EXISTS, f"there is a key {label}; keys are never replaced", key=label
    )
