"""Which characters a certificate may hold, how input is brought to them, and substitutes.

R2.5.4 and R2.5.5 limit names and addresses to the system's character set, let the applicant choose
a predefined similar character where the set lacks one, and have the certificate mark where.
"""

from openjpki.domain.characters.canonical import canonical, split
from openjpki.domain.characters.check import require_repertoire, require_text
from openjpki.domain.characters.choosing import Spelling, Substitute
from openjpki.domain.characters.repertoire import JIS_X_0208, JIS_X_0212, REPERTOIRE
from openjpki.domain.characters.replaced import Replaced, replaced
from openjpki.domain.characters.substitution import Substituted, candidates

__all__ = [
    "JIS_X_0208",
    "JIS_X_0212",
    "REPERTOIRE",
    "Replaced",
    "Spelling",
    "Substitute",
    "Substituted",
    "candidates",
    "canonical",
    "replaced",
    "require_repertoire",
    "require_text",
    "split",
]
