"""The catalogue of refusals: one reason each, its gRPC code, and what the caller may do.

Every layer raises :class:`OpenJpkiError`; `openjpki.rpc` turns it into a gRPC status with a
``google.rpc.ErrorInfo`` whose ``reason`` is the name below. A reason, once published, keeps its
meaning: clients branch on it. The code is the gRPC code's name, so that this module needs no gRPC.
"""

from __future__ import annotations

from enum import Enum

DOMAIN = "openjpki"
"""``ErrorInfo.domain`` of every reason in this catalogue."""


class Reason(Enum):
    """Why something was refused. ``value`` is ``(gRPC code name, retry may help)``."""

    def __new__(cls, code: str, retryable: bool = False) -> Reason:  # noqa: FBT001, FBT002
        member = object.__new__(cls)
        # The name is part of the value: equal pairs must not become aliases of one member.
        member._value_ = (len(cls.__members__), code, retryable)
        return member

    # -- who is calling ---------------------------------------------------------------------
    UNAUTHENTICATED = ("UNAUTHENTICATED",)
    ROLE_NOT_ALLOWED = ("PERMISSION_DENIED",)
    OUT_OF_SCOPE = ("PERMISSION_DENIED",)
    SAME_OFFICER = ("PERMISSION_DENIED",)
    UNKNOWN_VERIFIER = ("PERMISSION_DENIED",)
    # -- the message ------------------------------------------------------------------------
    INVALID_FIELD = ("INVALID_ARGUMENT",)
    MALFORMED_DER = ("INVALID_ARGUMENT",)
    TRAILING_BYTES = ("INVALID_ARGUMENT",)
    REQUEST_ID_REUSED = ("ALREADY_EXISTS",)
    DEADLINE_REQUIRED = ("INVALID_ARGUMENT",)
    DEADLINE_EXCEEDED = ("DEADLINE_EXCEEDED", True)
    MESSAGE_TOO_LARGE = ("RESOURCE_EXHAUSTED",)
    TOO_MANY_CALLS = ("RESOURCE_EXHAUSTED", True)
    CANCELLED = ("CANCELLED", True)
    NOT_IMPLEMENTED = ("UNIMPLEMENTED",)
    # -- the person -------------------------------------------------------------------------
    NAME_NOT_IN_REPERTOIRE = ("INVALID_ARGUMENT",)
    FORBIDDEN_CHARACTER = ("INVALID_ARGUMENT",)
    DATE_DOES_NOT_EXIST = ("INVALID_ARGUMENT",)
    UNKNOWN_MUNICIPALITY = ("INVALID_ARGUMENT",)
    NOT_IN_REGISTER = ("FAILED_PRECONDITION",)
    REGISTER_MISMATCH = ("FAILED_PRECONDITION",)
    REGISTER_AMBIGUOUS = ("FAILED_PRECONDITION",)
    LIVE_CERTIFICATE_EXISTS = ("ALREADY_EXISTS",)
    APPLICATION_OPEN = ("ALREADY_EXISTS",)
    # -- the application --------------------------------------------------------------------
    APPLICATION_NOT_FOUND = ("NOT_FOUND",)
    WRONG_STATE = ("FAILED_PRECONDITION",)
    CONFLICTING_CHANGE = ("ABORTED", True)
    # -- the key ----------------------------------------------------------------------------
    CSR_SIGNATURE_INVALID = ("INVALID_ARGUMENT",)
    CSR_ASKS_FOR_AUTHORITY = ("INVALID_ARGUMENT",)
    KEY_TYPE_REFUSED = ("INVALID_ARGUMENT",)
    KEY_SIZE_REFUSED = ("INVALID_ARGUMENT",)
    KEY_EXPONENT_REFUSED = ("INVALID_ARGUMENT",)
    KEY_WEAK = ("INVALID_ARGUMENT",)
    KEY_ALREADY_USED = ("ALREADY_EXISTS",)
    KEY_OF_AUTHORITY = ("INVALID_ARGUMENT",)
    # -- the authority ----------------------------------------------------------------------
    AUTHORITY_NOT_FOUND = ("NOT_FOUND",)
    AUTHORITY_NOT_ACTIVE = ("FAILED_PRECONDITION",)
    AUTHORITY_EXISTS = ("ALREADY_EXISTS",)
    CERTIFICATE_NOT_FOUND = ("NOT_FOUND",)
    CERTIFICATE_EXPIRED = ("FAILED_PRECONDITION",)
    ALREADY_REVOKED = ("FAILED_PRECONDITION",)
    REASON_NOT_ALLOWED = ("INVALID_ARGUMENT",)
    PARTITION_NOT_FOUND = ("NOT_FOUND",)
    CRL_NOT_FOUND = ("NOT_FOUND",)
    PROFILE_MISMATCH = ("INTERNAL",)
    KEY_DEVICE_UNAVAILABLE = ("UNAVAILABLE", True)
    KEY_NOT_FOUND = ("NOT_FOUND",)
    KEY_EXISTS = ("ALREADY_EXISTS",)
    KEY_CREDENTIAL_REFUSED = ("FAILED_PRECONDITION",)
    KEY_STORE_UNSAFE = ("FAILED_PRECONDITION",)
    # -- status -----------------------------------------------------------------------------
    VERIFIER_EXISTS = ("ALREADY_EXISTS",)
    FEED_NOT_READY = ("UNAVAILABLE", True)
    FEED_POSITION_GONE = ("OUT_OF_RANGE",)
    READER_TOO_SLOW = ("RESOURCE_EXHAUSTED", True)
    # -- a signed document or request -------------------------------------------------------
    REQUEST_NOT_SIGNED = ("UNAUTHENTICATED",)
    SIGNATURE_INVALID = ("INVALID_ARGUMENT",)
    SIGNATURE_ALGORITHM_REFUSED = ("INVALID_ARGUMENT",)
    SIGNER_COUNT_REFUSED = ("INVALID_ARGUMENT",)
    SIGNER_CERTIFICATE_MISSING = ("INVALID_ARGUMENT",)
    SIGNED_ATTRIBUTES_REFUSED = ("INVALID_ARGUMENT",)
    CONTENT_EMBEDDED = ("INVALID_ARGUMENT",)
    CONTENT_CHANGED = ("INVALID_ARGUMENT",)
    CERTIFICATE_REFUSED = ("INVALID_ARGUMENT",)
    # -- the bridge -------------------------------------------------------------------------
    PARTNER_NOT_FOUND = ("NOT_FOUND",)
    PARTNER_EXISTS = ("ALREADY_EXISTS",)
    CROSS_CERTIFICATE_NOT_FOUND = ("NOT_FOUND",)
    CROSS_CERTIFICATE_REFUSED = ("INVALID_ARGUMENT",)
    ALREADY_APPROVED_BY_OFFICER = ("ALREADY_EXISTS",)
    CRL_REFUSED = ("INVALID_ARGUMENT",)
    # -- ourselves --------------------------------------------------------------------------
    SERVICE_UNAVAILABLE = ("UNAVAILABLE", True)
    INTERNAL = ("INTERNAL",)

    @property
    def grpc_code(self) -> str:
        """Name of the gRPC status code, e.g. ``INVALID_ARGUMENT``."""
        return str(self._value_[1])

    @property
    def retryable(self) -> bool:
        """Whether the same call, made again later, may succeed."""
        return bool(self._value_[2])


class OpenJpkiError(Exception):
    """A refusal with its reason.

    ``message`` is for the caller: it names the field and the rule and holds no personal data and
    no secret. ``field`` is the dotted path in the request message (protobuf names), if one is to
    blame; ``metadata`` are further facts for programs (``ErrorInfo.metadata``), likewise harmless.
    """

    def __init__(
        self, reason: Reason, message: str, *, field: str | None = None, **metadata: str
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field
        self.metadata: dict[str, str] = dict(metadata)

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{where}{self.message} [{self.reason.name}]"
