"""What windows go by, as data: the terms that applicants accept, and what is paid."""

from openjpki.domain.window_rules.parsing import parse_window_rules
from openjpki.domain.window_rules.rules import Fees, Terms, WindowRules

__all__ = ["Fees", "Terms", "WindowRules", "parse_window_rules"]
