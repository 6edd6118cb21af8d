"""What PresentPublicKey refuses: why, and that the application stands as before."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import gmpy2
import pytest
from asn1crypto import csr as asn1_csr
from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.label import KeyLabel
from openjpki.rpc.identity.roles import PeerRole
from tests.support.ca_service import person_key, request_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.ca_service import RunningCa
    from tests.support.registration_service import Desk, People, RunningRegistration

CHANCE = random.Random(17)  # noqa: S311 - reproducible weak keys are the point
DER = serialization.Encoding.DER


def signed(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(DER)


def from_primes(p: int, q: int) -> rsa.RSAPrivateKey:
    """A key that works, whatever its primes are like."""
    exponent = 65537
    d = pow(exponent, -1, math.lcm(p - 1, q - 1))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=d % (p - 1),
        dmq1=d % (q - 1),
        iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(exponent, p * q),
    ).private_key()


def fermat_key() -> rsa.RSAPrivateKey:
    """Primes too close to each other."""
    p = int(gmpy2.next_prime(CHANCE.getrandbits(1024) | 0b11 << 1022))
    return from_primes(p, int(gmpy2.next_prime(p + (1 << 490))))


def roca_key() -> rsa.RSAPrivateKey:
    """Primes k * M + (65537^a mod M), as the faulty chips made them (CVE-2017-15361)."""
    primes: list[int] = []
    one = 2
    while len(primes) < 126:
        primes.append(one)
        one = int(gmpy2.next_prime(one))
    primorial = math.prod(primes)

    def prime() -> int:
        while True:
            top = (0b11 << 1022 | CHANCE.getrandbits(1022)) // primorial
            found = top * primorial + pow(65537, CHANCE.getrandbits(256), primorial)
            if found.bit_length() == 1024 and found % 65537 != 1 and gmpy2.is_prime(found):
                return int(found)

    return from_primes(prime(), prime())


def with_exponent(exponent: int) -> bytes:
    """A request whose key has this exponent; no key could have signed it."""
    original = asn1_csr.CertificationRequest.load(request_of(person_key()))
    info = original["certification_request_info"]
    modulus = info["subject_pk_info"]["public_key"].parsed["modulus"].native
    key = asn1_keys.RSAPublicKey({"modulus": modulus, "public_exponent": exponent})
    info["subject_pk_info"] = asn1_keys.PublicKeyInfo(
        {"algorithm": {"algorithm": "rsa"}, "public_key": key}
    )
    encoded: bytes = asn1_csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": original["signature_algorithm"],
            "signature": original["signature"],
        }
    ).dump()
    return encoded


def with_broken_signature() -> bytes:
    der = bytearray(request_of(person_key()))
    der[-1] ^= 1
    return bytes(der)


def with_another_s_key() -> bytes:
    """Somebody's request with the key of somebody else: no proof of possession."""
    one = asn1_csr.CertificationRequest.load(request_of(person_key()))
    other = asn1_csr.CertificationRequest.load(request_of(person_key()))
    one["certification_request_info"] = other["certification_request_info"]
    encoded: bytes = one.dump(force=True)
    return encoded


BAD_REQUESTS: list[tuple[str, Callable[[], bytes], Reason]] = [
    ("no DER", lambda: b"not a request", Reason.MALFORMED_DER),
    ("cut off", lambda: request_of(person_key())[:-20], Reason.MALFORMED_DER),
    ("other DER", lambda: bytes.fromhex("3003020101"), Reason.MALFORMED_DER),
    ("trailing bytes", lambda: request_of(person_key()) + b"\0", Reason.TRAILING_BYTES),
    ("signature broken", with_broken_signature, Reason.CSR_SIGNATURE_INVALID),
    ("key of another", with_another_s_key, Reason.CSR_SIGNATURE_INVALID),
    (
        "RSA 1024",
        lambda: signed(rsa.generate_private_key(65537, 1024)),  # noqa: S505
        Reason.KEY_SIZE_REFUSED,
    ),
    (
        "RSA 3072",
        lambda: signed(rsa.generate_private_key(65537, 3072)),
        Reason.KEY_SIZE_REFUSED,
    ),
    ("elliptic", lambda: signed(ec.generate_private_key(ec.SECP256R1())), Reason.KEY_TYPE_REFUSED),
    (
        "exponent 3",
        lambda: signed(rsa.generate_private_key(3, 2048)),
        Reason.KEY_EXPONENT_REFUSED,
    ),
    ("even exponent", lambda: with_exponent(65538), Reason.KEY_EXPONENT_REFUSED),
    ("exponent 1", lambda: with_exponent(1), Reason.KEY_EXPONENT_REFUSED),
    ("ROCA", lambda: signed(roca_key()), Reason.KEY_WEAK),
    ("Fermat", lambda: signed(fermat_key()), Reason.KEY_WEAK),
    (
        "CA:TRUE",
        lambda: request_of(person_key(), authority=True),
        Reason.CSR_ASKS_FOR_AUTHORITY,
    ),
]


def refused(
    registration: RunningRegistration,
    desk: Desk,
    application_id: str,
    der: bytes,
    reason: Reason,
) -> None:
    """Checks the reason, the field, and that the application stands as before."""
    rows, acts = registration.row_counts(), len(registration.journal())
    before = desk.get(application_id)
    with pytest.raises(OpenJpkiError) as refusal:
        desk.present(application_id, der)
    assert refusal.value.reason is reason, refusal.value
    assert refusal.value.field == "certification_request"
    assert registration.row_counts() == rows
    assert desk.get(application_id) == before
    (entry,) = registration.journal(after=acts)
    assert (entry.act, entry.subject) == ("call.refused", application_id)
    assert entry.details["reason"] == reason.name
    assert entry.details["fields"] == "certification_request"


@pytest.mark.requirement("R2.3.3")
@pytest.mark.parametrize(
    ("make", "reason"),
    [bad[1:] for bad in BAD_REQUESTS],
    ids=[bad[0] for bad in BAD_REQUESTS],
)
def test_bad_requests_leave_the_application_waiting_for_a_good_one(
    registration: RunningRegistration,
    desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
    make: Callable[[], bytes],
    reason: Reason,
) -> None:
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    refused(registration, desk, application_id, make(), reason)
    good = desk.present(application_id, fresh_request())
    assert good.state == pb.APPLICATION_STATE_KEY_PRESENTED


@pytest.mark.requirement("R2.5.3", refuses=True)
def test_a_key_shared_with_another_person(
    registration: RunningRegistration, desk: Desk, people: People
) -> None:
    der = request_of(person_key())
    first = desk.submit(people.another()).application_id
    desk.check(first)
    desk.present(first, der)
    second = desk.submit(people.another()).application_id
    desk.check(second)
    refused(registration, desk, second, der, Reason.KEY_ALREADY_USED)


def signed_by_authority(ca: RunningCa) -> bytes:
    """A request that asks for nothing special, by whoever holds the governor's key."""
    key = ca.service.ca.keys.backend.open(str(KeyLabel("authority", "signing-16", 1)))
    request = asn1_csr.CertificationRequest.load(request_of(person_key()))
    info = request["certification_request_info"]
    info["subject_pk_info"] = asn1_keys.PublicKeyInfo.load(key.spki_der)
    encoded: bytes = asn1_csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": request["signature_algorithm"],
            "signature": key.sign(info.dump(force=True)),
        }
    ).dump()
    return encoded


def test_a_key_of_an_authority(
    registration: RunningRegistration, ca: RunningCa, desk: Desk, person: SyntheticResident
) -> None:
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    refused(registration, desk, application_id, signed_by_authority(ca), Reason.KEY_OF_AUTHORITY)
    as_authorities_ask = (
        ca.authorities(PeerRole.BRIDGE)
        .GetCertificationRequest(ca_pb2.GetCertificationRequestRequest(authority_id="signing-16"))
        .certification_request
    )
    refused(registration, desk, application_id, as_authorities_ask, Reason.CSR_ASKS_FOR_AUTHORITY)


def test_an_oversized_request(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    rows = registration.row_counts()
    with pytest.raises(OpenJpkiError) as refusal:
        desk.present(application_id, b"\x30" * 16385)
    assert refusal.value.reason is Reason.INVALID_FIELD
    assert refusal.value.field == "certification_request"
    assert registration.row_counts() == rows


def test_no_key_before_identity_is_checked(
    registration: RunningRegistration,
    desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    application_id = desk.submit(person).application_id
    rows = registration.row_counts()
    der = fresh_request()
    with pytest.raises(OpenJpkiError) as refusal:
        desk.present(application_id, der)
    assert refusal.value.reason is Reason.WRONG_STATE
    assert registration.row_counts() == rows
    # The key was not taken by the attempt.
    desk.check(application_id)
    assert desk.present(application_id, der).state == pb.APPLICATION_STATE_KEY_PRESENTED
