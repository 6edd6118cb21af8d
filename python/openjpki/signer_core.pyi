"""What the compiled module offers; checked against the binary by the tests."""

# `hash` is what the field calls the parameter of a signature.
# ruff: noqa: A002

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from os import PathLike
from pathlib import Path
from typing import Final, Literal, Protocol, Self, final

# -- refusals --------------------------------------------------------------------------------------

_Kind = Literal[
    "malformed",
    "trailing_bytes",
    "invalid_argument",
    "profile_mismatch",
    "signature_check_failed",
    "key",
    "device_unavailable",
    "key_not_found",
    "credential_refused",
    "system",
]

ERROR_KINDS: Final[tuple[_Kind, ...]]
"""Every kind of refusal there is."""

class SignerError(Exception):
    """The signing core refused.

    Every exception here has four attributes; nobody takes its text apart.
    """

    kind: _Kind
    """What sort of refusal: the class's, but ``trailing_bytes`` is a ``MalformedError`` and
    ``system``, no threads or no randomness, a ``SignerError``."""
    field: str | None
    """The argument, the certificate's field, or the structure of foreign bytes, where it is one."""
    place: int | None
    """Which request of a batch or row of columns, counted from 0, where there are several."""
    rule: str
    """The rule that was broken, without the field."""

class MalformedError(ValueError):
    """Foreign bytes that do not parse, or with more behind their end."""

    kind: _Kind
    field: str | None
    place: int | None
    rule: str

class InvalidArgumentError(ValueError):
    """An argument is outside what the operation takes."""

    kind: _Kind
    field: str | None
    place: int | None
    rule: str

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

# -- RSA ------------------------------------------------------------------------------------------

@final
class SoftwareKey:
    """An RSA private key of 2048 to 4096 bits in this process's memory.

    Signs RSASSA-PKCS1-v1_5 (RFC 8017 8.2) with ``hash`` "sha256", "sha384" or "sha512". Every
    signature is verified with the public key before it is returned; ``SignatureCheckError``
    otherwise, and nothing is. The private operations run without the GIL. A key can't be pickled
    or copied. There is no way to get at the plain private key: it is stored encrypted, by
    ``to_encrypted_pkcs8``, because Python can't wipe a ``bytes`` object.
    """

    @staticmethod
    def from_pkcs8(der: bytes) -> SoftwareKey:
        """Reads an unencrypted PKCS#8 key: to take over keys made elsewhere.

        Raises ``MalformedError`` when it does not parse, ``SignerError`` when it is not a
        consistent RSA key of 2048 to 4096 bits with an odd exponent of at least 65537.
        """

    @staticmethod
    def from_encrypted_pkcs8(der: bytes, password: bytes | bytearray) -> SoftwareKey:
        """Reads an ``EncryptedPrivateKeyInfo`` with PBES2 (RFC 8018); the plain key is wiped.

        Raises as ``from_pkcs8``; ``CredentialRefusedError`` for a wrong password.
        """

    @staticmethod
    def generate(bits: int) -> SoftwareKey:
        """A new key of 2048, 3072 or 4096 bits; ``ValueError`` for another size."""

    def to_encrypted_pkcs8(self, password: bytes | bytearray, iterations: int = 600_000) -> bytes:
        """The key as ``EncryptedPrivateKeyInfo``, DER: PBKDF2-HMAC-SHA-256 and AES-256-CBC.

        ``ValueError`` for an empty password or fewer than 100,000 iterations.
        """

    @property
    def bits(self) -> int:
        """Size of the modulus."""

    @property
    def spki_der(self) -> bytes:
        """The public key as ``SubjectPublicKeyInfo``, DER."""

    def sign(self, message: bytes, hash: str = "sha256") -> bytes:
        """The signature over one message, as long as the modulus.

        Threads that call at the same time, with whatever keys, share the lanes of a vector where
        that gains something; one of them may wait for the others to come (``lanes``).
        """

    def sign_batch(
        self, messages: list[bytes], threads: int | None = None, hash: str = "sha256"
    ) -> list[bytes]:
        """One signature for each message, in order, on at most ``threads`` cores; None: on all.

        They are made in groups of up to eight, in the lanes of AVX-512 IFMA where the processor has
        them and that is sooner done (``lanes``).
        """

def encrypt_pkcs8(der: bytes, password: bytes | bytearray, iterations: int = 600_000) -> bytes:
    """A PKCS#8 key of any kind, DER, encrypted as ``SoftwareKey.to_encrypted_pkcs8`` does its own;
    raises as it does."""

def sign_requests(
    requests: list[tuple[SoftwareKey, bytes]], threads: int | None = None, hash: str = "sha256"
) -> list[bytes]:
    """One signature for each key and message, in order, on at most ``threads`` cores; None: on all.

    Keys of one size share groups, as in ``SoftwareKey.sign_batch``. Nothing is returned when any
    signature fails its check: ``SignatureCheckError``.
    """

def set_gathering(seconds: float | None) -> None:
    """How long a signature that one thread asks for may wait for other threads', at most.

    For all software keys of the process; None, as from the start: what ``lanes`` says. Signatures
    made together take less of a core each. Only waits where several threads asked just before.
    ``ValueError`` for less than 0 and more than 1.
    """

@final
class Lanes:
    """Which signatures with keys of one size are made together, by what they cost here."""

    @property
    def smallest_group(self) -> int:
        """So many and more are made together; 0: each is made singly."""

    @property
    def wait(self) -> float:
        """The longest that one waits for others, in seconds, unless ``set_gathering`` said."""

    @property
    def measured(self) -> tuple[float, float, float] | None:
        """Seconds of one made singly, of a group of four, and of eight; None where there are no
        lanes for such keys or they are switched off."""

def switch_lanes(on: bool) -> None:
    """Whether lanes may be used, for all keys of the process: they may from the start."""

def lanes(bits: int = 2048) -> Lanes:
    """What is chosen for keys of this size; measured when first asked for in a process, or when
    several such signatures are first asked for: some five signatures' and groups' time."""

def verify_batch(
    spki_der: bytes, messages: list[bytes], signatures: list[bytes], hash: str = "sha256"
) -> list[bool]:
    """Whether each signature is this key's over its message, checked on all cores.

    Keys of 2048 to 8192 bits. Raises ``MalformedError``, ``SignerError`` for the key,
    ``ValueError`` when the lists differ in length.
    """

# -- weak keys -------------------------------------------------------------------------------------

@final
class LongNumber:
    """A number that is taken modulo many others. Safe to share between threads."""

    def __new__(cls, octets: bytes) -> LongNumber:
        """From its big-endian octets, as many as it may have."""
    def left_by(self, modulus: bytes) -> bytes | None:
        """A number of 257 big-endian octets that is the same as this one modulo ``modulus``, though
        not the least one. ``None`` for a modulus that is even or has not 2048 bits, and on a
        processor without AVX-512 IFMA. Runs without the GIL.
        """

# -- statements ------------------------------------------------------------------------------------

@final
class StatementKey:
    """A public key that statements are signed with, parsed once. Safe to share between threads."""

    @staticmethod
    def es256(point: bytes) -> StatementKey:
        """A key on P-256 from its uncompressed point, 65 bytes (SEC 1 2.3.3).

        Raises ``SignerError`` for anything else.
        """
    @staticmethod
    def rs256(spki_der: bytes) -> StatementKey:
        """An RSA key of 2048 to 8192 bits from its SubjectPublicKeyInfo, DER.

        Raises ``MalformedError``, ``SignerError``.
        """

def verify_statements(signed: list[tuple[StatementKey, bytes, bytes]]) -> list[bool]:
    """Whether each signature is its key's over its message, in order: (key, message, signature).

    ES256 signatures are r and s, 32 bytes each (RFC 9053 2.1), RS256 ones as long as the modulus;
    both with SHA-256. Runs without the GIL.
    """

# -- revocation lists -----------------------------------------------------------------------------

def encode_crl(
    *,
    issuer_der: bytes,
    this_update: int,
    next_update: int,
    serials: bytes,
    serial_lengths: bytes,
    revocation_dates: bytes,
    reasons: bytes,
    crl_number: int,
    authority_key_id: bytes,
    issuing_distribution_point_der: bytes | None,
    key: SoftwareKey | Pkcs11Key,
    signature: str = "sha256WithRSAEncryption",
    base_crl_number: int | None = None,
    freshest_der: bytes | None = None,
) -> bytes:
    """A signed revocation list (RFC 5280 section 5), DER; ``signature`` as RFC 4055 names it.

    Entries come as columns, in the order the list will have::

        rows = cursor.fetchall()  # (serial, revoked_at, reason)
        numbers, dates, codes = zip(*rows)
        serials = b"".join(numbers)
        serial_lengths = bytes(map(len, numbers))
        revocation_dates = array.array("q", dates).tobytes()
        reasons = bytes(codes)

    ``serials``: big-endian unsigned numbers end to end, ``serial_lengths`` one octet for each;
    ``revocation_dates``: eight octets each, little-endian signed seconds since 1970; ``reasons``:
    one octet each, a ``CRLReason`` or 0 to leave it out. ``issuer_der`` is the issuer's ``Name``;
    ``this_update``, ``next_update`` are seconds since 1970; ``issuing_distribution_point_der`` is
    the value of that extension, written critical. ``base_crl_number`` makes it a delta list, by a
    critical deltaCRLIndicator; ``freshest_der`` is the value of a complete list's freshestCRL.
    Extensions: authorityKeyIdentifier, cRLNumber, deltaCRLIndicator, issuingDistributionPoint,
    freshestCRL.

    Raises ``MalformedError`` for an issuer, distribution point or freshestCRL that does not parse;
    ``ValueError``, naming the row, for a serial that is zero, above 20 octets or listed twice, a
    date or a reason RFC 5280 does not have, removeFromCRL, or columns of different lengths; for a
    base that is not below ``crl_number``, and a delta list with a freshestCRL; ``OverflowError``
    for a negative or 65-bit ``crl_number``.
    """

# -- status index ---------------------------------------------------------------------------------

STATUS_GOOD: Final[int]
"""Issued and not revoked."""
STATUS_REVOKED: Final[int]
"""Revoked; for good."""
STATUS_UNKNOWN: Final[int]
"""The authority never issued the number, or its certificate was forgotten after its end."""

@final
class StatusIndex:
    """Which certificates an authority issued and which it revoked, in memory.

    An index for each authority. Serials are big-endian unsigned, at most 20 octets; a generation
    of the authority's key is a number from 1 to 65535; times are seconds since 1970, through 2105.
    Threads may share it: readers never wait for each other. Events may come in any order and
    again: a revoked certificate never becomes good. To start over from a snapshot, fill a new index
    and put it in the old one's place.
    """

    def __new__(cls) -> Self: ...
    def apply(
        self,
        serials: bytes,
        serial_lengths: bytes,
        generations: bytes,
        not_after: bytes,
        statuses: bytes,
        reasons: bytes,
        revoked_at: bytes,
        *,
        filling: bool = False,
    ) -> None:
        """Takes in rows of a snapshot or events, all of them or nothing.

        Serials joined, one octet each for their lengths, as in ``encode_crl``. ``generations``: two
        octets each, ``not_after`` and ``revoked_at`` eight, all little-endian; ``statuses`` one
        octet each, good or revoked; ``reasons`` one octet each, a ``CRLReason`` but not 8,
        removeFromCRL. Reason and ``revoked_at`` are 0 unless revoked. ``ValueError`` names the row
        and the rule. ``filling``: nobody asks it yet, so it takes more memory beside what is held,
        17 MB, and less time, until ``settle`` ends that.
        """

    def settle(self) -> None:
        """Gives back the memory that filling takes beside what is held."""

    def lookup(self, serial: bytes, generation: int | None = None) -> tuple[int, int, int]:
        """Status, reason and revocation time; the last two 0 unless revoked.

        Of a generation's certificate, or of whichever has the number. What can't be a serial number
        was never issued: ``STATUS_UNKNOWN``, no error.
        """

    def lookup_batch(self, serials: list[bytes]) -> tuple[bytes, bytes, list[int]]:
        """``lookup`` of each in any generation: statuses and reasons one octet each, revocation
        times."""

    def forget_ended(self, before: int) -> int:
        """Forgets those whose validity ended before this time; says how many.

        Look-ups go on meanwhile, and news get their turn in between.
        """

    def save(self, path: str, about: bytes) -> None:
        """Puts it into a file, in place of what is there: whoever reads has the one or the other.

        It goes to the disk beside the file, as ``.new``, and is readable by this user alone. What
        comes meanwhile may be in it. ``about``: up to 64 KiB of the caller's. ``OSError``, and the
        file is as it was, but for a folder that can't be written to the disk.
        """

    @staticmethod
    def load(path: str, most: int) -> tuple[StatusIndex, bytes]:
        """An index as it was saved, of ``most`` certificates at most; and what was said of it.

        ``OSError``; ``InvalidArgumentError`` for one of another version, one that is torn, cut
        short or altered, and one that has more. Its digest is no signature: whoever may write the
        file may say anything.
        """

    def __len__(self) -> int: ...

def unpack_statuses(
    rows: list[bytes | None],
) -> tuple[list[bytes], list[int], list[int], bytes, bytes, list[int]] | None:
    """Rows of a snapshot, taken apart: serials, generations, ends of validity, statuses, reasons
    and when they were revoked, the last two 0 unless they were. Times are seconds since 1970.

    Each row: one octet for the status, good or revoked; eight for the generation, eight for the
    end; of a revocation two for the reason, eight for the moment; the serial. Times are in
    microseconds since 2000, all big-endian. None where one is something that no index takes.
    """

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
class CheckedTbs:
    """To-be-signed bytes of which every field was compared with what was asked.

    Only the checks make one; it can't be copied or pickled, and it is signed once: ``SignerError``
    for a second time, also when a device failed on the first. Whoever stored the octets gets
    another one by having them checked again.
    """

    @property
    def octets(self) -> bytes:
        """The bytes, to be stored as an intent; ``SignerError`` once they were signed."""

    @property
    def signature_algorithm(self) -> str:
        """What must sign them, as RFC 4055 names it; ``SignerError`` once they were signed."""

    def sign(self, key: SoftwareKey | Pkcs11Key) -> bytes:
        """The finished object, DER, its signature verified.

        Raises ``SignerError`` for another key than the issuer's, ``SignatureCheckError``,
        ``DeviceUnavailableError``.
        """

def sign_all(
    checked: list[CheckedTbs], key: SoftwareKey | Pkcs11Key, threads: int | None = None
) -> list[bytes]:
    """The finished objects, signed together over ``threads`` cores; of all or of none.

    Raises as ``CheckedTbs.sign``; ``ValueError`` when they are not all of one algorithm. All of
    them are spent then.
    """

class _Asked(Protocol):
    @property
    def serial(self) -> bytes: ...
    @property
    def signature(self) -> str: ...
    @property
    def issuer_der(self) -> bytes: ...
    @property
    def issuer_spki_der(self) -> bytes: ...
    @property
    def not_before(self) -> int: ...
    @property
    def not_after(self) -> int: ...
    @property
    def subject_der(self) -> bytes: ...
    @property
    def spki_der(self) -> bytes: ...
    @property
    def alternative_name_der(self) -> bytes | None: ...
    @property
    def path_length(self) -> int | None: ...
    @property
    def policies(self) -> tuple[str, ...]: ...
    @property
    def cps_url(self) -> str | None: ...
    @property
    def mappings(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def inhibit_mapping(self) -> bool: ...
    @property
    def name_constraints(self) -> bool: ...
    @property
    def permitted_ders(self) -> tuple[bytes, ...]: ...
    @property
    def excluded_ders(self) -> tuple[bytes, ...]: ...
    @property
    def distribution_point_der(self) -> bytes | None: ...
    @property
    def distribution_url(self) -> str | None: ...
    @property
    def authority_key_identifier(self) -> bytes | None: ...
    @property
    def subject_key_identifier(self) -> bytes | None: ...

class _Facts(Protocol):
    @property
    def serial(self) -> bytes: ...
    @property
    def issuer_der(self) -> bytes: ...
    @property
    def issuer_spki_der(self) -> bytes: ...
    @property
    def issuer_key_identifier(self) -> bytes: ...
    @property
    def not_before(self) -> int: ...
    @property
    def not_after(self) -> int: ...
    @property
    def key_sha256(self) -> bytes: ...
    @property
    def distribution_point_der(self) -> bytes | None: ...

def build_certificate(profile: str, asked: _Asked) -> CheckedTbs:
    """Builds a certificate of "authority", "link", "cross" or "responder", and has it checked.

    Times are seconds since 1970 UTC, names ``Name`` DER, keys SubjectPublicKeyInfo DER. Raises
    ``ValueError`` (``"field: rule"``), ``ProfileMismatchError``.
    """

def check_certificate(profile: str, asked: _Asked, tbs: bytes) -> CheckedTbs:
    """Compares ``TBSCertificate`` DER of any origin with what was asked. Raises as above."""

def regain_certificate(profile: str, facts: _Facts, tbs: bytes) -> CheckedTbs:
    """Checks stored ``TBSCertificate`` DER against what is stored beside it; also "user".

    Raises as above.
    """

def build_certification_request(subject: bytes, spki_der: bytes, authority: bool) -> CheckedTbs:
    """``CertificationRequestInfo`` of a key of ours (RFC 2986), to be signed by that key.

    An ``authority`` asks for CA:TRUE. Raises as above.
    """

@final
class UserCertificateTemplate:
    """What all user certificates of one authority share, encoded once.

    ``issuer`` and ``issuer_alt_name`` are ``Name`` DER; ``policy`` is a dotted OID; ``signature``
    as RFC 4055 names it. Raises ``ValueError`` (``"field: rule"``).
    """

    def __new__(
        cls,
        *,
        issuer: bytes,
        issuer_spki_der: bytes,
        policy: str,
        cps_url: str,
        issuer_alt_name: bytes,
        ocsp_url: str | None,
        authority_key_identifier: bytes,
        signature: str,
    ) -> UserCertificateTemplate: ...
    def build(self, requests: list[UserCertificateRequest]) -> list[CheckedTbs]:
        """What can be signed, for each: built, read back and compared with the request.

        Raises ``ProfileMismatchError``, ``ValueError`` (``"request <place>: field: rule"``).
        """

    def check(self, request: UserCertificateRequest, tbs: bytes) -> CheckedTbs:
        """Compares to-be-signed bytes with a request. Raises ``ProfileMismatchError``."""

class _UserCertificateFields(Protocol):
    @property
    def not_before(self) -> int: ...
    @property
    def not_after(self) -> int: ...
    @property
    def prefecture(self) -> str: ...
    @property
    def municipality(self) -> str: ...
    @property
    def common_name(self) -> str: ...
    @property
    def spki_der(self) -> bytes: ...
    @property
    def name(self) -> str: ...
    @property
    def birth_date(self) -> str: ...
    @property
    def sex(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def name_substitutions(self) -> str: ...
    @property
    def address_substitutions(self) -> str: ...
    @property
    def partition_der(self) -> bytes: ...
    @property
    def partition_url(self) -> str | None: ...

@final
class UserCertificateRequest:
    """The checked fields of one user certificate; times are seconds since 1970 UTC.

    ``serial`` is big-endian unsigned; the other fields are read once, by name. ``spki_der`` is
    SubjectPublicKeyInfo DER, ``partition_der`` ``Name`` DER. Raises ``ValueError``
    (``"field: rule"``).
    """

    def __new__(cls, serial: bytes, fields: _UserCertificateFields) -> UserCertificateRequest: ...

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
class OcspSingleResponse:
    """``SingleResponse``; times are seconds since 1970 UTC."""

    @staticmethod
    def good(
        cert_id: OcspCertId, *, this_update: int, next_update: int | None
    ) -> OcspSingleResponse: ...
    @staticmethod
    def revoked(
        cert_id: OcspCertId,
        *,
        at: int,
        reason: int | None,
        this_update: int,
        next_update: int | None,
    ) -> OcspSingleResponse:
        """``reason`` is a CRLReason (RFC 5280 5.3.1)."""

    @staticmethod
    def unknown(
        cert_id: OcspCertId, *, this_update: int, next_update: int | None
    ) -> OcspSingleResponse: ...

@final
class OcspResponseData:
    """What one response says; ``nonce`` is the request's."""

    def __new__(
        cls, *, produced_at: int, responses: list[OcspSingleResponse], nonce: bytes | None
    ) -> OcspResponseData: ...

@final
class OcspResponder:
    """Encodes and signs the responses of one responder; takes its certificate's DER."""

    def __new__(cls, responder_certificate: bytes) -> OcspResponder: ...
    def encode(self, data: OcspResponseData) -> bytes:
        """``ResponseData`` DER. Raises ``ValueError`` (``"field: rule"``)."""

    def assemble(self, tbs: bytes, signature: bytes) -> bytes:
        """``OCSPResponse`` DER of signed ``ResponseData``."""

    def sign_responses(
        self,
        responses: list[OcspResponseData],
        key: SoftwareKey | Pkcs11Key,
        threads: int | None = None,
    ) -> list[bytes]:
        """``OCSPResponse`` DER of each. Raises ``ValueError``, ``SignatureCheckError``."""

@final
class OcspAuthority:
    """What one authority's feed told, for :class:`OcspPlane`. Moments are microseconds since 1970
    UTC, lengths of time microseconds."""

    def __new__(cls) -> OcspAuthority: ...
    def tell(self, index: StatusIndex, *, as_of: int, seconds_ago: float, sequence: int) -> None:
        """From now on it is answered from this index, which holds all until ``as_of`` and up to
        the feed's position ``sequence``. ``seconds_ago`` it said that this is all there is."""

    def changed(self, serials: list[bytes]) -> None:
        """Tell whoever watches these that their status may have changed."""

    def all_may_have_changed(self) -> None:
        """Tell whoever watches anything."""

    @property
    def watched(self) -> int:
        """How many serial numbers are watched."""

    def bound(self, *, freshness: int, max_staleness: int) -> None:
        """For how long it is current, and answered for, without word from the feed."""

VerifierEntry = tuple[
    str,
    list[tuple[str, list[str], int, int]],
    list[bytes],
    list[tuple[IPv4Address | IPv6Address, int]],
]
"""A verifier's id, what was agreed with it (authority, ways, from when, until before when), request
signers (DER) and closed networks."""

UsageCount = tuple[str, str, str, int]
"""A verifier's id, the authority, the way, and how much it was told."""

@final
class OcspUsageFiles:
    """What :class:`OcspPlane` has told, written ten times a second into a folder that is this
    process's alone, so that it outlives it."""

    def __new__(cls, plane: OcspPlane, folder: Path, run: bytes) -> OcspUsageFiles:
        """``run``: 16 octets that name this run of the service. Raises ``OSError``."""

    @staticmethod
    def newest(folder: Path) -> tuple[bytes, int, list[UsageCount]] | None:
        """Which run wrote the newest whole file, when (microseconds since 1970 UTC), and its
        counts. Raises ``OSError``."""

    @staticmethod
    def forget(folder: Path) -> None:
        """Take the files away. Raises ``OSError``."""

    @property
    def failed(self) -> str | None:
        """Why the last writing failed; None: it did not."""

    def stop(self) -> None:
        """Write once more, and end."""

QuotaLeft = tuple[str, str, str, int, int, int]
"""A verifier's id, the authority, the unit, what is left of a lease, how much was asked for, and
the most that was refused at once."""

@final
class OcspQuotas:
    """What verifiers may still be told. Leased from one thread."""

    def __new__(cls, plane: OcspPlane) -> OcspQuotas: ...
    def bound(self, verifier: str, authority: str, unit: str) -> None:
        """From now on nothing is told but what is leased."""

    def free(self, verifier: str, authority: str, unit: str) -> int:
        """From now on as much is told as is asked for; what was left of the lease."""

    def open(self, verifier: str, authority: str, unit: str, leased: int) -> int:
        """A lease of another day; what was left of the one before, of which nothing is told any
        more."""

    def add(self, verifier: str, authority: str, unit: str, leased: int) -> None:
        """So much more is leased."""

    def take_back(self, verifier: str, authority: str, unit: str, most: int) -> int:
        """Take back at most so much of what is left; how much."""

    def expect(self, verifier: str, authority: str, unit: str, *, low: int, until: int) -> None:
        """At how much left to say so, and when there will be more (microseconds since 1970 UTC);
        0: in a moment."""

    def low(self) -> list[QuotaLeft]:
        """Those that were asked for since they were looked at, and have little left."""

    def all(self) -> list[QuotaLeft]:
        """All that are bounded."""

    def take_refused(self) -> tuple[int, int]:
        """How often statuses and downloads were refused since the last time."""

    def reserve(self, verifier: str, authority: str, way: str, now: int) -> OcspReservation | int:
        """Takes one that somebody else will tell; or after how many seconds to ask again. Raises
        ``ValueError``."""

@final
class OcspReservation:
    """One status or download, taken of a quota until it is told or given back; given back, too,
    when nobody has this any more. From any thread."""

    def tell(self) -> None:
        """It is told, and counted: once, however often this is called. Nothing where it was given
        back."""

    def give_back(self) -> None:
        """Have it told by somebody else. Nothing where it was told."""

@final
class OcspPlane:
    """What answers over HTTP are made of; replaced in parts, each as a whole."""

    def __new__(cls, *, clock: Callable[[], int] | None, bounds: list[float]) -> OcspPlane:
        """``clock``: asked for the moment, where it is not the system's. ``bounds``: of counted
        times, in seconds."""

    def set_registry(self, entries: list[VerifierEntry]) -> None: ...
    def change_registry(self, entries: list[VerifierEntry], gone: list[str]) -> None:
        """These in place of what the same verifiers had, and those not any more. From one thread at
        a time."""

    def hold_registry(self, longest: float) -> None:
        """Without a further word nobody may ask after so many seconds. Raises ``ValueError``."""

    def set_authorities(self, authorities: list[tuple[str, OcspAuthority]]) -> None:
        """Each authority whose status is told, by its id."""

    def set_issuers(
        self,
        generations: list[tuple[str, int, int, list[tuple[str, bytes, bytes]], OcspAuthority]],
    ) -> None:
        """Each generation's authority, number, lifetime of answers, names in CertIDs (OID, hash of
        the DN, hash of the key), and status. Raises ``ValueError``."""

    def set_responder(
        self,
        authority: str,
        generation: int,
        *,
        responder: OcspResponder,
        key: SoftwareKey | Pkcs11Key,
        label: str,
        not_before: int,
        not_after: int,
    ) -> None:
        """Who signs answers about what this generation signed."""

    def drop_responder(self, authority: str, generation: int) -> None: ...
    def deny(self, names: set[str], max_age: float) -> None:
        """Ids and fingerprints of clients that are refused; without a newer list for ``max_age``
        seconds all are. Raises ``ValueError``."""

    @property
    def waiting(self) -> int:
        """Answers that wait for their signature, or are being signed."""

    def take_usage(self) -> list[UsageCount]:
        """What verifiers were told since this was made, where that has grown since the last time:
        statuses, and lists whose download began. From one thread at a time."""

    def add_usage(self, verifier: str, authority: str, way: str, told: int) -> None:
        """So much more was told by somebody else. Raises ``ValueError``."""

    def take_counts(
        self,
    ) -> tuple[
        list[tuple[str, str, int]],
        list[tuple[str, str, int]],
        list[tuple[str, tuple[list[int], float]]],
        tuple[list[int], float] | None,
        int,
        list[tuple[str, int]],
        list[tuple[int, int]],
        list[tuple[str, int]],
        list[tuple[int, int]],
    ]:
        """Since the last time: answers by status and way of knowing the asker, signatures by key
        and outcome, times of answers by way, times of what was signed together, by how many more
        signatures are under way, connections that were ended or not begun by why, what was no OCSP
        over HTTP by status, what was told to try later by the bound that said so, requests for
        lists by status. Times: how many in each bucket, and their sum."""

@final
class OcspCalls:
    """The edge of StatusService over gRPC. ``host`` is asked for what only Python can do: see
    ``openjpki.services.ocsp.status_calls``. Times in seconds, sizes in octets."""

    def __new__(
        cls,
        host: object,
        *,
        service: str,
        domain: str,
        reasons: dict[str, tuple[int, bool]],
        roles: dict[str, set[str]],
        tells_all: bool,
        bounds: list[float],
        behind: Path,
        secret: bytes,
        max_request: int,
        message_patience: float,
        deadline_cap: float,
        of_one_connection: int,
        keep_alive: float,
        keep_alive_timeout: float,
        age_grace: float,
        most_behind: float,
        stuck: float,
        calls: tuple[int, int, int],
        streams: tuple[int, int, int],
    ) -> OcspCalls:
        """``reasons``: number of each one's code, and whether it is retryable. ``roles``: who may
        call each method. ``behind``: the socket of the server that has all other methods, which
        knows calls from here by the ``secret``. ``calls`` and ``streams``: how many at once, of one
        caller, kept for newcomers. Raises ``ValueError``."""

    def take_counts(
        self,
    ) -> list[tuple[str, int, list[tuple[str, int]], tuple[list[int], float]]]:
        """Since the last time, of each method: calls begun, ended by code, and how long they
        took."""

    def take_refused(self) -> list[tuple[str, str, int]]:
        """How often there was no room since the last time: of what, and whose."""

    def take_connections(self) -> list[tuple[str, int]]:
        """Connections that were ended or not begun since the last time, by why."""

    def take_handed_on(self) -> list[tuple[str, int]]:
        """Calls that were handed on since the last time (OK), and those that could not be by the
        name of the code."""

    @property
    def in_use(self) -> tuple[int, int]:
        """Calls and streams in progress."""

def read_status_request(name: str, octets: bytes) -> tuple[str, list[bytes]] | None:
    """What a request of a method of StatusService asks; None: it is none. Raises ``ValueError``."""

def judge_status_request(name: str, octets: bytes) -> list[tuple[str, str]] | None:
    """The fields of one and the rules that they break; None: it is none. Raises ``ValueError``."""

@final
class OcspServer:
    """Serves :class:`OcspPlane` over HTTP, or with ``calls`` over gRPC. ``host`` is asked for what
    only Python can do: see ``openjpki.services.ocsp.responders.control``. Times in seconds."""

    def __new__(
        cls,
        plane: OcspPlane,
        host: object,
        *,
        threads: int,
        first_request: float,
        next_request: float,
        read: float,
        sign: float,
        drain: float,
        age: float,
        silent: int,
        silent_of_one: int,
        silent_first: bool,
        connections: int,
        of_one: int,
        bodies_of_one: int,
        signatures_of_one: int,
        lists_of_one: int,
        list_taken: float,
        calls: OcspCalls | None = None,
    ) -> OcspServer:
        """Raises ``OSError``, ``ValueError``."""

    def listen(
        self,
        host: IPv4Address | IPv6Address,
        port: int,
        *,
        scope: int,
        both: bool,
        tls: list[Path] | None = None,
    ) -> int:
        """The port. ``tls``: the files of the credentials, which are looked at for each connection.
        Raises ``OSError``."""

    def stop(self) -> None:
        """Stop listening, let requests in progress end, close."""

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
    def content(self) -> bytes | None:
        """Where it travels inside."""

    @property
    def certificates(self) -> list[bytes]:
        """X.509 certificates as received; every other kind is passed over."""

    @property
    def signers(self) -> list[CmsSignerInfo | MalformedError]:
        """In the order received; of one that can't be read, why. At least one can, if any."""

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
    def signing_certificates(self) -> list[CmsSigningCertificate]:
        """What signingCertificate and signingCertificateV2 say, where they are there."""

    @property
    def algorithm_protection(
        self,
    ) -> tuple[tuple[str, bytes | None], tuple[str, bytes | None] | None] | None:
        """CMSAlgorithmProtection's digest and signature algorithm: OID, parameters (DER); the
        second is None when it names a MAC."""

@final
class CmsSigningCertificate:
    """How a signer names its own certificate (RFC 5035)."""

    @property
    def hash_algorithm(self) -> str:
        """OID, dotted."""

    @property
    def hash(self) -> bytes: ...
    @property
    def issuer(self) -> bytes | None:
        """``Name`` DER of issuerSerial; None also when it names no single directoryName."""

    @property
    def serial(self) -> bytes | None:
        """INTEGER content of issuerSerial: big-endian, two's complement."""

def same_name(one: bytes, other: bytes) -> bool:
    """Whether two names (DER) match by RFC 5280 7.1: string types, case and spaces do not
    matter. What is no name matches nothing."""

def rsa_pss_parameters(der: bytes) -> tuple[str, int] | None:
    """Hash ("sha256", "sha384" or "sha512"; MGF1's too) and octets of the salt of
    RSASSA-PSS-params (RFC 4055 3.1); None when they are others or do not go together."""

def parse_cms_signed_data(ber: bytes) -> CmsSignedData:
    """Raises ``MalformedError``, also where no signer can be read."""

def begins_as_cms(ber: bytes) -> bool:
    """Whether it begins as a ContentInfo of any kind, whole or not; no text does."""

def cms_signed_attributes(
    *, content_sha256: bytes, signer_certificate: bytes, signing_time: int
) -> bytes:
    """Signed attributes of a detached signature, as SET OF. Raises ``ValueError``."""

def cms_assemble(*, signed_attributes: bytes, signer_certificate: bytes, signature: bytes) -> bytes:
    """``ContentInfo`` DER of signed attributes and their signature. Raises ``ValueError``."""

# -- certification paths ---------------------------------------------------------------------------

def is_pem(octets: bytes) -> bool:
    """Whether there is a part of PEM (RFC 7468) in it, whatever stands around it; it stops at the
    first. None in what is one DER object."""

def pem_contents(octets: bytes, labels: tuple[bytes, ...], most: int = ...) -> list[bytes | None]:
    """What the parts of these labels hold, unread, in order, the first ``most`` of them; None where
    the armour is broken."""

PATH_LIST_UNPROCESSED: Final[tuple[str, ...]]
RSA_MINIMUM_BITS: Final[int]
RSA_MAXIMUM_BITS: Final[int]
RSA_MAXIMUM_EXPONENT_BITS: Final[int]
PATH_REASONS: Final[tuple[str, ...]]
"""Every reason against a path, by its stable name."""

@final
class PathCertificate:
    """A stranger's certificate, read once and kept as it came; nothing in it is believed yet."""

    @staticmethod
    def read(octets: bytes) -> PathCertificate:
        """One DER certificate and nothing after it. Raises ``MalformedError``."""
    @property
    def size(self) -> int:
        """How many octets."""
    @property
    def octets(self) -> bytes:
        """X.509 DER, as received."""
    @property
    def sha256(self) -> bytes: ...
    @property
    def subject(self) -> bytes:
        """Equal for equal names (RFC 5280 7.1), and good for nothing else; as ``issuer``."""
    @property
    def subject_der(self) -> bytes:
        """As received."""
    @property
    def issuer(self) -> bytes: ...
    @property
    def issuer_der(self) -> bytes:
        """As received."""
    @property
    def serial(self) -> int:
        """As written, which may be nought or negative."""
    @property
    def subject_text(self) -> str:
        """RFC 4514."""
    @property
    def public_key(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
    @property
    def key(self) -> PathPublicKey: ...
    @property
    def key_identifier(self) -> bytes | None:
        """subjectKeyIdentifier."""
    @property
    def fault(self) -> str | None:
        """The first rule of RFC 5280 section 4 that it breaks, an unknown critical extension among
        them, in English; validation refuses a path with it."""
    @property
    def policies(self) -> list[str] | None:
        """Dotted, of certificatePolicies; None where there is none."""
    @property
    def policy_mappings(self) -> list[tuple[str, str]]:
        """issuerDomainPolicy and subjectDomainPolicy, dotted."""
    @property
    def point_names(self) -> list[bytes]:
        """``Name`` DER of the distribution points whose lists are the issuer's, of every reason."""
    @property
    def extended_key_usage(self) -> list[str] | None:
        """Dotted, of extKeyUsage; None where there is none."""
    @property
    def key_fault(self) -> str | None:
        """The rule for keys that this one breaks, in English; None when it is used here."""
    @property
    def not_before(self) -> int:
        """Seconds since 1970, as ``not_after``."""
    @property
    def not_after(self) -> int: ...
    @property
    def is_authority(self) -> bool:
        """basicConstraints cA."""
    @property
    def has_key_usage(self) -> bool: ...
    def key_usage_allows(self, bit: int) -> bool:
        """Whether keyUsage is absent or has the bit: 5 keyCertSign, 6 cRLSign."""
    def signature_fault(self, issuer: PathCertificate) -> str | None:
        """Why the signature is not this issuer's, one of ``PATH_REASONS``; None when it is."""

@final
class PathPublicKey:
    """A SubjectPublicKeyInfo as it came, and whether anything is verified with it."""

    @staticmethod
    def read(octets: bytes) -> PathPublicKey:
        """DER and nothing after it. Raises ``MalformedError``."""
    @property
    def spki(self) -> bytes:
        """DER, as received."""
    @property
    def octets(self) -> bytes:
        """What the BIT STRING holds."""
    @property
    def kind(self) -> Literal["rsa", "rsa_pss", "p256", "p384", "p521"] | None:
        """None for a key that is not used here."""
    @property
    def rsa_numbers(self) -> tuple[int, int] | None:
        """Modulus and exponent, also of an RSA key that is not used here."""
    @property
    def fault(self) -> str | None:
        """The rule for keys that it breaks, in English; None when it is used here."""
    def signature_fault(
        self,
        scheme: Literal["pkcs1", "pss", "ecdsa"],
        hash: str,
        message: bytes,
        signature: bytes,
        salt: int = 0,
    ) -> str | None:
        """Why the signature is not this key's, one of ``PATH_REASONS``; None when it is. ``hash``:
        ``sha256``, ``sha384`` or ``sha512``; ``salt``: octets, of ``pss``. Raises
        ``InvalidArgumentError``."""

@final
class PathCertificationRequest:
    """A stranger's PKCS#10 request, read once and kept as it came; nothing in it is believed."""

    @staticmethod
    def read(octets: bytes) -> PathCertificationRequest:
        """One DER request and nothing after it. Raises ``MalformedError``."""
    @property
    def subject(self) -> bytes:
        """Equal for equal names (RFC 5280 7.1), and good for nothing else."""
    @property
    def subject_der(self) -> bytes:
        """As received."""
    @property
    def names_its_subject(self) -> bool:
        """Whether there is anything in the subject."""
    @property
    def key(self) -> PathPublicKey: ...
    @property
    def asks_for_authority(self) -> bool:
        """Whether it asks for CA:TRUE, keyCertSign or cRLSign."""
    @property
    def possession_fault(self) -> str | None:
        """Why the signature is not of the key inside, one of ``PATH_REASONS``; None when it is."""

@final
class PathListSurvey:
    """What a revocation list says of itself, every entry of it read and none kept."""

    @property
    def issuer(self) -> bytes:
        """Equal for equal names (RFC 5280 7.1), and good for nothing else."""
    @property
    def issuer_der(self) -> bytes:
        """As received."""
    @property
    def key_identifier(self) -> bytes | None:
        """keyIdentifier of the authorityKeyIdentifier."""
    @property
    def number(self) -> int | None:
        """cRLNumber."""
    @property
    def is_number_critical(self) -> bool: ...
    @property
    def this_update(self) -> int:
        """Seconds since 1970, as ``next_update``."""
    @property
    def next_update(self) -> int | None: ...
    @property
    def base_number(self) -> int | None:
        """BaseCRLNumber of a delta list; None: it is a complete one."""
    @property
    def is_base_critical(self) -> bool: ...
    @property
    def is_indirect(self) -> bool: ...
    @property
    def has_some_reasons(self) -> bool:
        """onlySomeReasons."""
    @property
    def point(self) -> bytes | None:
        """Value of the issuingDistributionPoint, DER."""
    @property
    def is_point_critical(self) -> bool: ...
    @property
    def freshest(self) -> bytes | None:
        """Value of freshestCRL, as received."""
    @property
    def entries(self) -> int:
        """How many."""
    @property
    def signature_fault(self) -> str | None:
        """Why the signature is not the issuer's, one of ``PATH_REASONS``; None when it is."""

def survey_revocation_list(octets: bytes, issuer: PathCertificate) -> PathListSurvey:
    """Reads one DER list of any length, and whether this issuer's key signed it. Raises
    ``MalformedError``."""

def survey_of_read_list(list: PathRevocationList, issuer: PathCertificate) -> PathListSurvey:
    """The same of a list that was read to be kept; nothing is read again."""

def same_list_scope(one: bytes, other: bytes) -> bool:
    """Whether two values of issuingDistributionPoint cover the same certificates; what is none
    covers nothing."""

@final
class PathRevocationList:
    """A stranger's revocation list, read once; nothing in it is believed yet."""

    @staticmethod
    def read(octets: bytes, most: int = ...) -> PathRevocationList:
        """One DER list of at most so many octets and nothing after it, every entry included.
        Raises ``MalformedError``."""
    @staticmethod
    def read_whatever_is_critical(octets: bytes, most: int = ...) -> PathRevocationList:
        """The same, a list with critical extensions that are not processed too."""
    @property
    def is_processed(self) -> bool:
        """Whether each of its critical extensions is processed here, its own and of all entries.
        One that is not determines no status (RFC 5280 5.2, 5.3)."""
    @property
    def issuer_der(self) -> bytes:
        """As received."""
    def entry_of(self, serial: bytes) -> tuple[int, int | None] | None:
        """What one that is not indirect says of its issuer's certificate with this serial number,
        content octets of the INTEGER: since when it is revoked, seconds since 1970, and the
        reason's number; None when it says nothing."""
    def listed(self, begin: int, end: int) -> list[tuple[int, int, int | None]]:
        """The entries at these places of the order of serial numbers: serial number, since when,
        and the reason's number."""
    @property
    def size(self) -> int:
        """How many octets."""
    @property
    def memory(self) -> int:
        """How many octets of memory it takes, about: its own, and what finds its entries."""
    @property
    def octets(self) -> bytes:
        """DER, as received."""
    @property
    def sha256(self) -> bytes: ...
    @property
    def issuer(self) -> bytes:
        """Equal for equal names (RFC 5280 7.1), and good for nothing else."""
    @property
    def issuer_text(self) -> str:
        """RFC 4514."""
    @property
    def key_identifier(self) -> bytes | None:
        """keyIdentifier of the authorityKeyIdentifier."""
    @property
    def this_update(self) -> int:
        """Seconds since 1970, as ``next_update``."""
    @property
    def next_update(self) -> int | None: ...
    @property
    def number(self) -> int | None:
        """cRLNumber."""
    @property
    def is_delta(self) -> bool: ...
    @property
    def is_indirect(self) -> bool: ...
    @property
    def row(self) -> bytes:
        """Value of the issuingDistributionPoint, DER; empty where there is none."""
    @property
    def entries(self) -> int: ...
    def signature_fault(self, issuer: PathCertificate) -> str | None:
        """Why the signature is not this issuer's, one of ``PATH_REASONS``; None when it is."""

@final
class PathMaterial:
    """Certificates, revocation lists and OCSP responses of one file."""

    @staticmethod
    def read(octets: bytes) -> PathMaterial:
        """PEM, several in one and text around them, or one DER object. What can't be read is left
        out."""
    @staticmethod
    def of(certificates: list[PathCertificate], lists: list[PathRevocationList]) -> PathMaterial:
        """What was read before; nothing is read again."""
    @property
    def certificates(self) -> list[PathCertificate]: ...
    @property
    def lists(self) -> list[PathRevocationList]: ...
    @property
    def left_out(self) -> list[tuple[int, str, str]]:
        """What can't be read: its place, counted from 0, the field and the rule."""

@final
class PathPool:
    """What paths are built from and judged with. Never changes: threads share it."""

    def __new__(cls, materials: list[PathMaterial]) -> Self: ...
    @property
    def left_out(self) -> int:
        """How much of the materials can't be read."""

@final
class PathQuestion:
    """Whether there is a valid path to a certificate."""

    def __new__(
        cls,
        target: bytes,
        *,
        anchors: list[PathCertificate],
        pool: PathPool,
        at: int,
        policies: list[str] | None = None,
        explicit_policy: bool = False,
        inhibit_mapping: bool = False,
        inhibit_any: bool = False,
        revocation: bool = True,
        accept_renumbered: list[bytes] | None = None,
        delegated_lists: bool = True,
    ) -> Self:
        """``target``: the first certificate of a PEM or DER file. ``at``: seconds since 1970.
        ``policies``: dotted; None: any. ``accept_renumbered``: SHA-256 of lists from which on the
        numbers of their row count anew; they must be in the pool. Without ``delegated_lists`` a
        list counts that is signed by the very key that issued the certificate. Raises
        ``InvalidArgumentError``."""

@final
class PathVerdict:
    """The answer to one question."""

    @property
    def accepted(self) -> bool: ...
    @property
    def is_fault(self) -> bool:
        """Whether there is no answer, through a fault of ours."""
    @property
    def reason(self) -> str | None:
        """One of ``PATH_REASONS``; None when accepted."""
    @property
    def rule(self) -> str | None:
        """The rule that is broken, in English: constant text."""
    @property
    def certificate(self) -> bytes | None:
        """SHA-256 of the certificate to blame, where it is one."""
    @property
    def revoked(self) -> tuple[int, str] | None:
        """When it was revoked, seconds since 1970, and why, as RFC 5280 5.3.1 spells it."""
    @property
    def path(self) -> list[PathCertificate]:
        """From the anchor to the target: the valid path, else the refused one that came closest."""
    @property
    def path_sha256(self) -> list[str]:
        """SHA-256 of each certificate of ``path``, hexadecimal."""
    @property
    def authority_policies(self) -> list[str]:
        """Dotted, as ``user_policies``; empty when refused."""
    @property
    def user_policies(self) -> list[str]: ...
    @property
    def evidence(
        self,
    ) -> list[
        tuple[Literal["lists", "renumbered_lists", "ocsp_response", "not_asked"], list[bytes]]
    ]:
        """For each certificate below the anchor: what said that it was not revoked, by SHA-256."""
    @property
    def steps(self) -> int: ...
    @property
    def signatures(self) -> int: ...
    @property
    def microseconds(self) -> int: ...

@final
class PathValidator:
    """Answers questions within bounds, and remembers signatures that held."""

    def __new__(
        cls,
        *,
        remembered_signatures: int = 0,
        minimum_rsa_bits: int = 2048,
        sha1_for_tests: bool = False,
        path_length: int | None = None,
        steps: int | None = None,
        signatures: int | None = None,
        paths: int | None = None,
    ) -> Self:
        """Without a bound: the usual one."""
    def validate(self, question: PathQuestion) -> PathVerdict:
        """In the calling thread, without holding Python's lock."""
    def validate_all(self, questions: list[PathQuestion]) -> list[PathVerdict]:
        """In the order asked, on all cores. Raises ``SignerError`` when there are no threads."""
