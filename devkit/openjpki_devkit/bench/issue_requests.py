"""Applications that a ca certifies, each of another person with another key.

Making a key takes a hundred times longer than certifying it. A few dozen primes, each with each,
give keys enough; only a benchmark may make keys like that, as two of them tell a third.
"""

from __future__ import annotations

import itertools
import math
import uuid
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import person_pb2, revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki_devkit.bench.officers import officers_of

if TYPE_CHECKING:
    from collections.abc import Iterator
AUTHORITY = AuthorityId.signing("13")
MUNICIPALITY = "13101"
_NAME = "阿部　千代"
_ADDRESS = "東京都千代田区飯田橋１丁目５番９号"
_EXPONENT = 65537


def issue_requests(at_most: int) -> Iterator[ca_pb2.IssueCertificateRequest]:
    """So many requests, and no more, each signed by the officers of this process."""
    officers = officers_of(MUNICIPALITY)
    return (officers.sign(_request(number, key)) for number, key in enumerate(_keys(at_most)))


def revocation(serial: bytes) -> ca_pb2.RevokeCertificateRequest:
    """Of a certificate that came of one of these, signed by the same officers."""
    return officers_of(MUNICIPALITY).sign_revocation(
        ca_pb2.RevokeCertificateRequest(
            request_id=str(uuid.uuid4()),
            authority_id=str(AUTHORITY),
            serial=serial,
            cause=revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE,
        )
    )


def _keys(count: int) -> Iterator[rsa.RSAPrivateKey]:
    primes: list[int] = []
    while math.comb(len(primes), 2) < count:
        key = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=2048)
        numbers = key.private_numbers()
        primes += [numbers.p, numbers.q]
    of_full_length = (
        pair for pair in itertools.combinations(primes, 2) if math.prod(pair).bit_length() == 2048
    )
    return itertools.islice(itertools.starmap(_key, of_full_length), count)


def _key(p: int, q: int) -> rsa.RSAPrivateKey:
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(_EXPONENT, p * q),
    ).private_key(unsafe_skip_rsa_key_validation=True)


def _request(number: int, key: rsa.RSAPrivateKey) -> ca_pb2.IssueCertificateRequest:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return ca_pb2.IssueCertificateRequest(
        request_id=str(uuid.uuid4()),
        authority_id=str(AUTHORITY),
        municipality_code=MUNICIPALITY,
        window_id=f"{MUNICIPALITY}001A",
        person_reference=number.to_bytes(32, "big"),
        attributes=person_pb2.FourAttributes(
            name=_NAME, birth_date="1958-09-25", sex=person_pb2.SEX_FEMALE, address=_ADDRESS
        ),
        substitutions=person_pb2.Substitutions(name="0" * len(_NAME), address="0" * len(_ADDRESS)),
        certification_request=csr.public_bytes(Encoding.DER),
    )
