"""The compiled module's refusals as refusals of the catalogue, in one place."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

# "request 3: name: must not be empty", with or without the place in a batch.
_FIELD_AND_RULE = re.compile(r"(?:request (?P<place>\d+): )?(?P<field>[a-z_0-9]+): (?P<rule>.+)")


@contextmanager
def as_refusals(what: str) -> Iterator[None]:
    """Turn the compiled module's exceptions into `OpenJpkiError`; ``what`` names foreign bytes.

    ``MALFORMED_DER`` and ``TRAILING_BYTES`` for foreign bytes, ``INVALID_FIELD`` for an argument,
    ``PROFILE_MISMATCH`` for what was built wrongly, ``KEY_DEVICE_UNAVAILABLE`` for a device,
    ``INTERNAL`` for a signature that failed its check.
    """
    try:
        yield
    except signer_core.MalformedError as error:
        reason = Reason.TRAILING_BYTES if "after its end" in str(error) else Reason.MALFORMED_DER
        raise OpenJpkiError(reason, str(error), field=what) from error
    except ValueError as error:
        raise invalid_field(error, what) from error
    except signer_core.ProfileMismatchError as error:
        raise OpenJpkiError(Reason.PROFILE_MISMATCH, str(error)) from error
    except signer_core.DeviceUnavailableError as error:
        raise OpenJpkiError(Reason.KEY_DEVICE_UNAVAILABLE, str(error)) from error
    except signer_core.KeyNotFoundError as error:
        raise OpenJpkiError(Reason.KEY_NOT_FOUND, str(error)) from error
    except signer_core.SignerError as error:
        raise OpenJpkiError(Reason.INTERNAL, str(error)) from error


def invalid_field(error: ValueError, what: str) -> OpenJpkiError:
    """``INVALID_FIELD`` with the field that the text of a refused argument begins with."""
    match = _FIELD_AND_RULE.fullmatch(str(error))
    if match is None:
        return OpenJpkiError(Reason.INVALID_FIELD, str(error), field=what)
    place = {} if match["place"] is None else {"place": match["place"]}
    return OpenJpkiError(Reason.INVALID_FIELD, match["rule"], field=match["field"], **place)
