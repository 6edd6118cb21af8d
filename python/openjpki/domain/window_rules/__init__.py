"""What windows go by, as data: terms that applicants accept, fees, documents, questions."""

from openjpki.domain.window_rules.documents import DocumentKind, Question
from openjpki.domain.window_rules.parsing import parse_window_rules
from openjpki.domain.window_rules.rules import Fees, Keys, Terms, WindowRules

__all__ = ["DocumentKind", "Fees", "Keys", "Question", "Terms", "WindowRules", "parse_window_rules"]
