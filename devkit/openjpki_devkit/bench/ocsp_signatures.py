"""Whether what a server answers is signed and in force: the load generator looks at neither.

Answers without nonces are given again for a while, so some that are asked for after a run are the
very ones that were given in it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import ocsp

from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.bench.ocsp_requests import answered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki_devkit.bench.ocsp_requests import Question

SAMPLES = 50


def verify_samples(url: str, questions: Sequence[Question]) -> None:
    """Ask again, now about some of these. Raises ``INTERNAL`` for an answer that is not signed, or
    not in force."""
    step = max(len(questions) // SAMPLES, 1)
    for question in questions[::step]:
        verify(answered(url, question), question, datetime.now(UTC))


def verify(answer: bytes, question: Question, now: datetime) -> None:
    """One answer. Raises ``INTERNAL``."""
    read = ocsp.load_der_ocsp_response(answer)
    try:
        (responder,) = read.certificates
        responder.verify_directly_issued_by(question.issuer)
        key, algorithm = responder.public_key(), read.signature_hash_algorithm
        if not isinstance(key, RSAPublicKey) or algorithm is None:
            raise _wrong("with another algorithm")
        key.verify(read.signature, read.tbs_response_bytes, PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError, TypeError) as error:
        raise _wrong("by no responder of the issuer's") from error
    until = read.next_update_utc
    if until is None or not read.this_update_utc <= now < until:
        raise _wrong("and not in force")


def _wrong(how: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INTERNAL, f"an answer was signed {how}")
