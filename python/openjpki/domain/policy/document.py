"""A policy as a document for files, databases and publication, and back."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from openjpki.domain.policy.authority import AuthorityPolicy
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@cache
def _adapter() -> TypeAdapter[AuthorityPolicy]:
    return TypeAdapter(AuthorityPolicy)


def policy_document(policy: AuthorityPolicy) -> dict[str, Any]:
    """``policy`` in JSON types: durations in ISO 8601, causes by name, sets as sorted lists."""
    document: dict[str, Any] = _adapter().dump_python(policy, mode="json")
    for section in (document, document["user_keys"]):
        for key, value in section.items():
            if isinstance(value, list):
                section[key] = sorted(value)
    return document


def parse_policy(document: Mapping[str, Any], *, field: str = "policy") -> AuthorityPolicy:
    """The policy of ``document`` (JSON types); what is left out has its default.

    Raises INVALID_FIELD naming the first field that is unknown or of a wrong type. Whether the
    values are allowed is another question: `violations`.
    """
    for unknown in _unknown_fields(document, AuthorityPolicy()):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "is not a field of a policy", field=f"{field}.{unknown}"
        )
    try:
        return _adapter().validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        path = ".".join((field, *map(str, first["loc"])))
        raise OpenJpkiError(Reason.INVALID_FIELD, first["msg"], field=path) from error


def _unknown_fields(document: Mapping[str, Any], model: Any) -> Iterator[str]:
    known = {entry.name for entry in fields(model)}
    for key, value in document.items():
        if key not in known:
            yield key
        elif is_dataclass(section := getattr(model, key)) and isinstance(value, dict):
            yield from (f"{key}.{inner}" for inner in _unknown_fields(value, section))
