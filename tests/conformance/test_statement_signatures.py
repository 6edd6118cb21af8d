"""pycose, a COSE library that is not ours, judges signatures over statements, and makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cbor2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pycose.algorithms import Es256, RsaPkcs1Sha256
from pycose.headers import KID, Algorithm
from pycose.keys.ec2 import EC2Key
from pycose.keys.rsa import RSAKey
from pycose.messages.sign1message import Sign1Message

from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cose import require_signed, sign
from openjpki.evidence.encoding import encode
from openjpki.keys.signing_key import CoreSigningKey
from openjpki.keys.statements.backend_key import BackendStatementKey
from openjpki.keys.statements.file_key import FileStatementKey
from openjpki.signer_core import SoftwareKey
from tests.support.statements import decided, one_of_each_kind

if TYPE_CHECKING:
    from openjpki.domain.evidence import Statement
    from openjpki.evidence.public_key import StatementPublicKey
    from openjpki.evidence.statement_key import StatementKey

_EC = ec.generate_private_key(ec.SECP256R1())
_RSA = rsa.generate_private_key(65537, 2048)


def _rsa_key() -> StatementKey:
    core = SoftwareKey.from_pkcs8(
        _RSA.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return BackendStatementKey(CoreSigningKey("officer/test/1", core))


def _ec2() -> EC2Key:
    private = _EC.private_numbers()
    x, y, d = (
        number.to_bytes(32, "big")
        for number in (private.public_numbers.x, private.public_numbers.y, private.private_value)
    )
    return EC2Key(crv="P_256", x=x, y=y, d=d)


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _rsa() -> RSAKey:
    numbers = _RSA.private_numbers()
    public = numbers.public_numbers
    return RSAKey(
        _octets(public.n),
        _octets(public.e),
        d=_octets(numbers.d),
        p=_octets(numbers.p),
        q=_octets(numbers.q),
        dp=_octets(numbers.dmp1),
        dq=_octets(numbers.dmq1),
        qinv=_octets(numbers.iqmp),
    )


KEYS = pytest.mark.parametrize(
    ("ours", "theirs", "algorithm"),
    [
        pytest.param(FileStatementKey(_EC), _ec2(), Es256, id="ES256"),
        pytest.param(_rsa_key(), _rsa(), RsaPkcs1Sha256, id="RS256"),
    ],
)


@KEYS
@pytest.mark.parametrize("statement", one_of_each_kind(), ids=lambda one: one.kind.name)
def test_they_accept_what_we_sign(
    statement: Statement, ours: StatementKey, theirs: EC2Key | RSAKey, algorithm: type
) -> None:
    tagged = cbor2.loads(sign(statement, ours))
    assert tagged.tag == Sign1Message.cbor_tag
    protected, unprotected, payload, signature = tagged.value
    # Its own reading of the tag wants a list and a dict; cbor2 gives neither since its version 6.
    message = Sign1Message.from_cose_obj(
        [protected, dict(unprotected), payload, signature], allow_unknown_attributes=False
    )
    assert message.phdr == {Algorithm: algorithm, KID: ours.public_key.sha256}
    assert message.uhdr == {}
    assert message.payload is None
    message.key = theirs
    assert message.verify_signature(encode(statement))
    assert not message.verify_signature(encode(statement) + b"\0")


@KEYS
def test_we_accept_what_they_sign_and_only_that(
    ours: StatementKey, theirs: EC2Key | RSAKey, algorithm: type
) -> None:
    public: StatementPublicKey = ours.public_key
    message = Sign1Message(
        phdr={Algorithm: algorithm, KID: public.sha256}, payload=encode(decided())
    )
    message.key = theirs
    signature = message.compute_signature()
    message.payload = None
    message._signature = signature
    octets = message.encode(sign=False)
    require_signed(decided(), octets, public, field="approval")
    message.phdr = {Algorithm: algorithm, KID: bytes(32)}
    with pytest.raises(OpenJpkiError) as refused:
        require_signed(decided(), message.encode(sign=False), public, field="approval")
    assert refused.value.reason is Reason.EVIDENCE_SIGNATURE_INVALID
