"""What the compiled module offers; checked against the binary by the tests."""

from os import PathLike
from typing import Self, final

class SignerError(Exception):
    """The signing core refused."""

class MalformedError(ValueError):
    """Foreign bytes that do not parse."""

class ProfileMismatchError(SignerError):
    """What was built does not say what was asked for."""

class SignatureCheckError(SignerError):
    """A signature failed its check and was not released."""

class DeviceUnavailableError(SignerError):
    """The key device is gone or refused; trying again may help."""

class KeyNotFoundError(SignerError):
    """No key of that name is where it was looked for."""

class CredentialRefusedError(SignerError):
    """A PIN or passphrase was refused."""

@final
class SoftwareKey:
    """An RSA private key of 2048 to 4096 bits in this process's memory."""

    @staticmethod
    def from_pkcs8(der: bytes) -> SoftwareKey: ...
    @staticmethod
    def from_encrypted_pkcs8(der: bytes, password: bytes | bytearray) -> SoftwareKey: ...
    @staticmethod
    def generate(bits: int) -> SoftwareKey: ...
    def to_encrypted_pkcs8(
        self, password: bytes | bytearray, iterations: int = 600_000
    ) -> bytes: ...
    @property
    def bits(self) -> int: ...
    @property
    def spki_der(self) -> bytes: ...
    def sign(self, message: bytes, hash: str = "sha256") -> bytes: ...
    def sign_batch(
        self, messages: list[bytes], threads: int | None = None, hash: str = "sha256"
    ) -> list[bytes]: ...

# -- PKCS#11 ---------------------------------------------------------------------------------------

@final
class Pkcs11Token:
    """A logged-in token and its pool of sessions, one per token and process.

    Opening a token that this process has open shares it: the settings of the first opening stay,
    and the PIN must be the same. Raises ``DeviceUnavailableError``, ``CredentialRefusedError``,
    ``ValueError``.
    """

    def __new__(
        cls,
        module_path: str | PathLike[str],
        token_label: str,
        pin: bytes | bytearray,
        *,
        sessions: int = 4,
        wait_seconds: float = 10.0,
    ) -> Self: ...
    @property
    def label(self) -> str:
        """The token's label."""
    @property
    def sessions(self) -> int:
        """The most sessions it keeps open."""
    def open_key(self, label: str) -> Pkcs11Key:
        """Raises ``KeyNotFoundError``, and ``SignerError`` for a label borne by several keys."""

@final
class Pkcs11Key:
    """A key that never leaves its token; safe to use from many threads.

    Signing is RSASSA-PKCS1-v1_5, verified before it is released. Raises
    ``DeviceUnavailableError`` (the next call starts the device afresh), ``KeyNotFoundError`` when
    the key was destroyed, ``CredentialRefusedError``, ``SignatureCheckError``.
    """

    @property
    def label(self) -> str:
        """The key's label."""
    @property
    def spki_der(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
    @property
    def bits(self) -> int:
        """Length of the modulus."""
    def sign(self, message: bytes, hash: str = "sha256") -> bytes:
        """Sign the whole message; ``hash``: sha256, sha384 or sha512."""
    def sign_batch(
        self, messages: list[bytes], threads: int | None = None, hash: str = "sha256"
    ) -> list[bytes]:
        """Sign each, in order, over up to ``threads`` sessions (default: all); all or none."""

# -- user certificates ------------------------------------------------------------------------

@final
class UserCertificateTemplate:
    """What all user certificates of one authority share, encoded once.

    ``issuer`` and ``issuer_alt_name`` are ``Name`` DER; ``policy`` is a dotted OID. Raises
    ``ValueError`` (``"field: rule"``).
    """

    def __new__(
        cls,
        *,
        issuer: bytes,
        policy: str,
        cps_url: str,
        issuer_alt_name: bytes,
        ocsp_url: str | None,
        authority_key_identifier: bytes,
    ) -> UserCertificateTemplate: ...
    def encode_checked(self, requests: list[UserCertificateRequest]) -> list[bytes]:
        """``TBSCertificate`` DER of each, read back and compared with the request.

        Raises ``ProfileMismatchError``, ``ValueError`` (``"request <place>: field: rule"``).
        """

    def check(self, request: UserCertificateRequest, tbs: bytes) -> None:
        """Compare to-be-signed bytes with a request. Raises ``ProfileMismatchError``."""

@final
class UserCertificateRequest:
    """The checked fields of one user certificate; times are seconds since 1970 UTC.

    ``serial`` is big-endian unsigned, ``public_key`` SubjectPublicKeyInfo DER, ``partition``
    ``Name`` DER. Raises ``ValueError`` (``"field: rule"``).
    """

    def __new__(
        cls,
        *,
        serial: bytes,
        not_before: int,
        not_after: int,
        prefecture: str,
        municipality: str,
        common_name: str,
        public_key: bytes,
        name: str,
        birth_date: str,
        sex: str,
        address: str,
        name_substitutions: str,
        address_substitutions: str,
        partition: bytes,
        partition_url: str | None,
    ) -> UserCertificateRequest: ...

def issue_batch(
    template: UserCertificateTemplate,
    requests: list[UserCertificateRequest],
    key: SoftwareKey | Pkcs11Key,
    threads: int | None = None,
) -> list[bytes]:
    """``Certificate`` DER of each: all checked before any is signed, all signatures verified.

    Raises ``ProfileMismatchError``, ``SignatureCheckError``, ``ValueError``.
    """

def assemble_certificate(tbs: bytes, signature: bytes) -> bytes:
    """``Certificate`` DER of to-be-signed bytes and their sha256WithRSAEncryption signature."""

# -- OCSP -------------------------------------------------------------------------------------

@final
class OcspCertId:
    """``CertID`` of a request (RFC 6960 4.1.1)."""

    @property
    def der(self) -> bytes: ...
    @property
    def hash_algorithm(self) -> str:
        """Dotted OID."""

    @property
    def issuer_name_hash(self) -> bytes: ...
    @property
    def issuer_key_hash(self) -> bytes: ...
    @property
    def serial(self) -> bytes:
        """INTEGER content: big-endian, two's complement."""

@final
class OcspRequestSignature:
    """The signature of a request, not verified."""

    @property
    def tbs(self) -> bytes:
        """The signed bytes exactly as received."""

    @property
    def algorithm(self) -> str:
        """Dotted OID."""

    @property
    def parameters(self) -> bytes | None: ...
    @property
    def signature(self) -> bytes: ...
    @property
    def certificates(self) -> list[bytes]: ...

@final
class OcspRequest:
    """An ``OCSPRequest`` that was read whole."""

    @property
    def requestor_directory_name(self) -> bytes | None:
        """``Name`` DER of the requestorName, where it is a directoryName."""

    @property
    def cert_ids(self) -> list[OcspCertId]: ...
    @property
    def nonce(self) -> bytes | None: ...
    @property
    def signature(self) -> OcspRequestSignature | None: ...

@final
class OcspAnswer:
    """``SingleResponse``; times are seconds since 1970 UTC."""

    @staticmethod
    def good(cert_id: OcspCertId, *, this_update: int, next_update: int | None) -> OcspAnswer: ...
    @staticmethod
    def revoked(
        cert_id: OcspCertId,
        *,
        at: int,
        reason: int | None,
        this_update: int,
        next_update: int | None,
    ) -> OcspAnswer:
        """``reason`` is a CRLReason (RFC 5280 5.3.1)."""

    @staticmethod
    def unknown(
        cert_id: OcspCertId, *, this_update: int, next_update: int | None
    ) -> OcspAnswer: ...

@final
class OcspResponseContent:
    """What one response says; ``nonce`` is the request's."""

    def __new__(
        cls, *, produced_at: int, answers: list[OcspAnswer], nonce: bytes | None
    ) -> OcspResponseContent: ...

@final
class OcspResponder:
    """Encodes and signs the responses of one responder; takes its certificate's DER."""

    def __new__(cls, responder_certificate: bytes) -> OcspResponder: ...
    def encode(self, content: OcspResponseContent) -> bytes:
        """``ResponseData`` DER. Raises ``ValueError`` (``"field: rule"``)."""

    def assemble(self, tbs: bytes, signature: bytes) -> bytes:
        """``OCSPResponse`` DER of signed ``ResponseData``."""

    def sign_responses(
        self,
        contents: list[OcspResponseContent],
        key: SoftwareKey | Pkcs11Key,
        threads: int | None = None,
    ) -> list[bytes]:
        """``OCSPResponse`` DER of each. Raises ``ValueError``, ``SignatureCheckError``."""

def parse_ocsp_request(der: bytes, max_requests: int) -> OcspRequest:
    """Raises ``MalformedError``."""

def ocsp_error_response(status: int) -> bytes:
    """``OCSPResponse`` DER of OCSPResponseStatus 1, 2, 3, 5 or 6. Raises ``ValueError``."""

# -- CMS --------------------------------------------------------------------------------------

@final
class CmsSignedData:
    """A ``ContentInfo`` of type signedData (RFC 5652)."""

    @property
    def content_type(self) -> str:
        """eContentType, dotted OID."""

    @property
    def has_content(self) -> bool: ...
    @property
    def certificates(self) -> list[bytes]: ...
    @property
    def signers(self) -> list[CmsSignerInfo]: ...

@final
class CmsSignerInfo:
    """One signer's part; named by issuer and serial, or by subjectKeyIdentifier."""

    @property
    def issuer(self) -> bytes | None:
        """``Name`` DER."""

    @property
    def serial(self) -> bytes | None:
        """INTEGER content: big-endian, two's complement."""

    @property
    def subject_key_identifier(self) -> bytes | None: ...
    @property
    def digest_algorithm(self) -> str: ...
    @property
    def signed_attributes(self) -> CmsSignedAttributes | None: ...
    @property
    def signature_algorithm(self) -> str: ...
    @property
    def signature_parameters(self) -> bytes | None: ...
    @property
    def signature(self) -> bytes: ...

@final
class CmsSignedAttributes:
    """What a signer signed about the content."""

    @property
    def der(self) -> bytes:
        """The signed bytes: SET OF (RFC 5652 5.4)."""

    @property
    def content_type(self) -> str | None: ...
    @property
    def message_digest(self) -> bytes | None: ...
    @property
    def signing_time(self) -> int | None:
        """Seconds since 1970 UTC."""

    @property
    def signing_certificate(self) -> tuple[str, bytes] | None:
        """Hash algorithm OID and hash of signingCertificateV2's first certificate."""

def parse_cms_signed_data(der: bytes) -> CmsSignedData:
    """Raises ``MalformedError``."""

def cms_signed_attributes(
    *, content_sha256: bytes, signer_certificate: bytes, signing_time: int
) -> bytes:
    """Signed attributes of a detached signature, as SET OF. Raises ``ValueError``."""

def cms_assemble(*, signed_attributes: bytes, signer_certificate: bytes, signature: bytes) -> bytes:
    """``ContentInfo`` DER of signed attributes and their signature. Raises ``ValueError``."""
