"""What ended a cross certificate, as the contracts write it and as a value."""

from __future__ import annotations

from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority_revocation import CrossRevocationCause

CROSS_CAUSES = {
    CrossRevocationCause.AGREEMENT_ENDED: revocation_pb2.CROSS_REVOCATION_CAUSE_AGREEMENT_ENDED,
    CrossRevocationCause.PARTNER_COMPROMISE: (
        revocation_pb2.CROSS_REVOCATION_CAUSE_PARTNER_COMPROMISE
    ),
    CrossRevocationCause.REPLACED: revocation_pb2.CROSS_REVOCATION_CAUSE_REPLACED,
    CrossRevocationCause.ISSUED_WRONGLY: revocation_pb2.CROSS_REVOCATION_CAUSE_ISSUED_WRONGLY,
}
CAUSES_READ = {number: cause for cause, number in CROSS_CAUSES.items()}
