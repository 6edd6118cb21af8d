"""Small harmless facts that may stand in the journal.

The journal is kept long and read by auditors, so nothing of a person may get into it by accident:
only the keys below are accepted, and each only with values of its own shape, none of which a
name, an address or a birth date has.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from openjpki.domain.authority import all_authority_ids
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = str | int | bool

_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_HEX = r"[0-9a-f]{2,128}"
_WORD = r"[A-Za-z][A-Za-z0-9_.-]{0,63}"
_CODE = r"[0-9]{5}"
_AUTHORITY = f"({'|'.join(map(str, all_authority_ids()))})"
_OID = r"[0-2](\.[0-9]{1,20}){1,30}"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_FIELD = (
    r"(name|birth_date|sex|address|attributes|romanised_name|window_id|municipality_code"
    r"|application_id|document_kind|certification_request|serial|cause|decision)"
)
_ACTOR = r"[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,199}"

_SHAPES: dict[str, re.Pattern[str] | type[int] | type[bool]] = {
    "active": bool,
    "algorithm": re.compile(_WORD),
    "application_id": re.compile(_UUID),
    "approved_by": re.compile(_ACTOR),
    "authority_id": re.compile(_AUTHORITY),
    "authority_ids": re.compile(rf"{_AUTHORITY}(,{_AUTHORITY}){{0,94}}"),
    "cause": re.compile(_WORD),
    "certificate_sha256": re.compile(r"[0-9a-f]{64}"),
    "checked_by": re.compile(_ACTOR),
    "closed_networks": re.compile(r"[0-9a-f:.]+/[0-9]{1,3}(,[0-9a-f:.]+/[0-9]{1,3}){0,19}"),
    "count": int,
    "crl_number": int,
    "crl_sha256": re.compile(r"[0-9a-f]{64}"),
    "decision": re.compile(_WORD),
    "document_kind": re.compile(_WORD),
    "entries": int,
    "evidence": re.compile(_WORD),
    "fee_yen": int,
    "fields": re.compile(rf"{_FIELD}(,{_FIELD}){{0,9}}"),
    "generation": int,
    "key_label": re.compile(r"[a-z-]{1,16}/[a-z0-9-]{1,32}/[0-9]{1,6}"),
    "key_sha256": re.compile(r"[0-9a-f]{64}"),
    "method": re.compile(_WORD),
    "municipality_code": re.compile(_CODE),
    "next_update": re.compile(_TIME),
    "not_after": re.compile(_TIME),
    "not_before": re.compile(_TIME),
    "officer": re.compile(_ACTOR),
    "partition": re.compile(r"[0-9]{5}(-[0-9]{1,3})?|authority"),
    "partner_id": re.compile(r"[a-z0-9][a-z0-9-]{1,62}"),
    "policy_oid": re.compile(_OID),
    "policy_version": re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}"),
    "reason": re.compile(_WORD),
    "reason_code": int,
    "requested_by": re.compile(_ACTOR),
    "request_id": re.compile(_UUID),
    "sequence": int,
    "serial": re.compile(_HEX),
    "signers_sha256": re.compile(r"[0-9a-f]{64}(,[0-9a-f]{64}){0,9}"),
    "state": re.compile(_WORD),
    "this_update": re.compile(_TIME),
    "verifier_id": re.compile(_WORD),
    "version": int,
    "window_id": re.compile(r"[0-9]{8}[A-Z]"),
}


class Details:
    """Facts of one act, checked against the list when made; immutable.

    ``Details({"serial": "1f", "reason_code": 3})``. Raises ``INTERNAL`` for a key that is not
    listed or a value of another shape: it is a mistake in the program, not in a request.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Value]) -> None:
        for key, value in values.items():
            shape = _SHAPES.get(key)
            if shape is None or not _fits(value, shape):
                # The value is not told: it may be just what must not be written down.
                raise OpenJpkiError(
                    Reason.INTERNAL, "is not a detail that the journal accepts", field=key
                )
        self._values = dict(values)

    def __getitem__(self, key: str) -> Value:
        return self._values[key]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Details) and self._values == other._values

    def __hash__(self) -> int:
        return hash(self.as_json())

    def __repr__(self) -> str:
        return f"Details({self._values!r})"

    def as_json(self) -> str:
        """One line, keys sorted, the same for the same facts."""
        return json.dumps(self._values, sort_keys=True, separators=(",", ":"))


def _fits(value: object, shape: re.Pattern[str] | type[int] | type[bool]) -> bool:
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and shape.fullmatch(value) is not None
    return type(value) is shape
