"""Why a list is not taken into a copy of all lists, or the copy is not up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.x509.crl.check import CrlFacts

_FIELD = "crl"


def none_named() -> OpenJpkiError:
    """Not one of an authority that is trusted here."""
    return OpenJpkiError(
        Reason.CRL_NOT_FOUND, "the service names no list of this authority", field=_FIELD
    )


def none_there() -> OpenJpkiError:
    """It should be, and the service has none."""
    return OpenJpkiError(Reason.CRL_NOT_FOUND, "the service has none", field=_FIELD)


def none_newer(kept: CrlFacts) -> OpenJpkiError:
    """The one that is kept should have been replaced for long."""
    return OpenJpkiError(
        Reason.CRL_NOT_FOUND,
        f"the service has none that is newer than the one that ends {kept.next_update:%FT%TZ}",
        field=_FIELD,
    )


def not_later(kept: CrlFacts) -> OpenJpkiError:
    """An older list would hide what was revoked since."""
    return OpenJpkiError(
        Reason.CRL_REFUSED,
        f"must have a higher cRLNumber than {kept.number}, that of the list that is kept",
        field=_FIELD,
    )


def number_went_back(named: int) -> OpenJpkiError:
    """The service named a later one a moment before."""
    return OpenJpkiError(
        Reason.CRL_REFUSED,
        f"must have no lower cRLNumber than {named}, as it was named before",
        field=_FIELD,
    )


def clock_behind(last: datetime) -> OpenJpkiError:
    """Lists that are over would be in force again."""
    return OpenJpkiError(
        Reason.INVALID_FIELD,
        f"was brought up to date at {last:%F %T}Z: put this machine's clock right, or, where it"
        " was ahead then, remove .run",
        field="folder",
    )


def not_trusted(generation: int) -> OpenJpkiError:
    """Nothing here says whose key signed it."""
    return OpenJpkiError(
        Reason.CRL_REFUSED,
        f"is of generation {generation}, whose certificate is not among those that are trusted"
        " here",
        field=_FIELD,
    )


def no_sha256() -> OpenJpkiError:
    """What the service says in its place is none."""
    return OpenJpkiError(Reason.CRL_REFUSED, "must be named by a SHA-256, 32 octets", field=_FIELD)


def not_read(error: OSError) -> OpenJpkiError:
    """The file that is there: nobody knows which list it is."""
    return OpenJpkiError(Reason.CRL_REFUSED, f"can't be read ({error.strerror})", field=_FIELD)
