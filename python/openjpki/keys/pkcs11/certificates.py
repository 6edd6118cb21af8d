"""Certificates on a token, beside the key they are of (report 2-4(2)).

Two are kept: the holder's, under its key's label and CKA_ID, and its issuer's. The holder's is a
private object, as a resident's certificate says name and address: it is read with the PIN alone. A
new one is written beside an older one, read back, and only then is the older one destroyed:
whenever the card is pulled out, one of them is whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pkcs11 import Attribute, ObjectClass
from pkcs11.util.x509 import decode_x509_certificate, decode_x509_public_key

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.pkcs11.pairs import private_key

if TYPE_CHECKING:
    from pkcs11 import Object, Session

ISSUER_LABEL = "issuer of {}"
"""What the issuer's certificate is called, after the key's label."""


def write(session: Session, label: str, holder: bytes, issuer: bytes) -> tuple[bytes, bytes]:
    """Write both, X.509 DER, and give back what the token has then.

    What is there already is left alone. Raises ``KEY_NOT_FOUND``, ``CERTIFICATE_REFUSED`` for one
    of another key than the token's, ``KEY_DEVICE_UNAVAILABLE`` when the token gives back other
    octets than it was given; then what it had before is still there.
    """
    key = private_key(session, label)
    _require_key_of(key, holder)
    names = (label, ISSUER_LABEL.format(label))
    _add(session, names[0], holder, private=True, key_id=key[Attribute.ID])
    _add(session, names[1], issuer, private=False, key_id=b"")
    for name, octets in zip(names, (holder, issuer), strict=True):
        _drop_others(session, name, octets)
    return _only(session, names[0]), _only(session, names[1])


def _require_key_of(key: Object, certificate: bytes) -> None:
    stated = decode_x509_public_key(certificate)
    if any(
        int.from_bytes(key[one], "big") != int.from_bytes(stated[one], "big")
        for one in (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT)
    ):
        raise OpenJpkiError(
            Reason.CERTIFICATE_REFUSED, "is of another key than the card's", field="certificate"
        )


def _add(session: Session, name: str, octets: bytes, *, private: bool, key_id: bytes) -> None:
    if octets in [one[Attribute.VALUE] for one in _named(session, name)]:
        return
    written = session.create_object(
        {
            **decode_x509_certificate(octets),
            Attribute.VALUE: octets,
            Attribute.TOKEN: True,
            Attribute.PRIVATE: private,
            Attribute.LABEL: name,
            Attribute.ID: key_id,
        }
    )
    if octets not in [one[Attribute.VALUE] for one in _named(session, name)]:
        written.destroy()
        raise _misread()


def _drop_others(session: Session, name: str, octets: bytes) -> None:
    kept = False
    for one in _named(session, name):
        # Of two that are the same, as two programs leave them that write at once, one stays.
        if kept or one[Attribute.VALUE] != octets:
            one.destroy()
        else:
            kept = True


def _only(session: Session, name: str) -> bytes:
    found = [bytes(one[Attribute.VALUE]) for one in _named(session, name)]
    if len(found) != 1:
        raise _misread()
    return found[0]


def _named(session: Session, name: str) -> list[Object]:
    # The list reads the search to its end: while one is open, the session refuses other calls.
    return list(
        session.get_objects(
            {
                Attribute.CLASS: ObjectClass.CERTIFICATE,
                Attribute.TOKEN: True,
                Attribute.LABEL: name,
            }
        )
    )


def _misread() -> OpenJpkiError:
    return OpenJpkiError(
        Reason.KEY_DEVICE_UNAVAILABLE, "the card does not give back what was written to it"
    )
