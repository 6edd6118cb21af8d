"""issue and issue_core: user certificates built, checked against the request and signed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from openjpki.signer_core import SoftwareKey, sign_all
from openjpki_devkit.bench.people import applications, building_with_cryptography, issuer_of
from openjpki_devkit.bench.rate import one_core, per_second
from openjpki_devkit.bench.result import Result, Row, compared

if TYPE_CHECKING:
    from collections.abc import Callable

_BATCH = 64
_WHAT = "user certificates built, checked and signed, one core, no storage"
_TURNS = 61
_SECONDS = 0.05
"""Of the thread, in short and many turns: the two differ by less than a busy machine does from
second to second."""


def _measure() -> list[Result]:
    with one_core():
        key = SoftwareKey.generate(2048)
        messages = [number.to_bytes(64, "big") for number in range(_BATCH)]
        issue = _issuing(key)
        building = building_with_cryptography()
        return [
            compared(
                id="issue",
                what=_WHAT,
                unit="certificates/s",
                peer="sign_batch of the same run, one core",
                ours=lambda: per_second(issue),
                theirs=lambda: per_second(lambda: len(key.sign_batch(messages, threads=1))),
            ),
            compared(
                id="issue_vs_cryptography",
                what=_WHAT,
                unit="certificates/s",
                peer="cryptography's CertificateBuilder with the same fields",
                ours=lambda: per_second(issue),
                theirs=lambda: per_second(building),
                command="make bench ONLY=issue",
            ),
        ]


def _measure_core() -> list[Result]:
    with one_core():
        key = SoftwareKey.generate(2048)
        issue = _issuing(key)
        built = issuer_of(key).to_be_signed(applications()(_BATCH))
        to_sign = [one.octets for one in built]
        return [
            compared(
                id="issue_core",
                what=_WHAT,
                unit="certificates/s",
                peer="sign_batch of as many messages, as long, one core",
                ours=lambda: per_second(issue, _SECONDS, time.thread_time),
                theirs=lambda: per_second(
                    lambda: len(key.sign_batch(to_sign, threads=1)), _SECONDS, time.thread_time
                ),
                turns=_TURNS,
            )
        ]


def _issuing(key: SoftwareKey) -> Callable[[], int]:
    issuer, fields_of = issuer_of(key), applications()
    # The fields are made inside: what a caller pays in Python counts.
    return lambda: len(sign_all(issuer.to_be_signed(fields_of(_BATCH)), key, threads=1))


ROW = Row("issue", "user certificates, one core", _measure)
CORE = Row("issue_core", "user certificates against signatures as long, one core", _measure_core)
