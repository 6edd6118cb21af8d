"""What the shell is told. `openjpki --help` prints this table; scripts branch on it."""

from __future__ import annotations

from enum import IntEnum

from openjpki.errors import OpenJpkiError, Reason


class ExitCode(IntEnum):
    """Exit status of every `openjpki` command; 2 is the argument parser's own."""

    OK = 0
    REFUSED = 1
    """The request was refused; trying again won't help. The reason is on stderr."""
    USAGE = 2
    """The command line was not understood."""
    UNAVAILABLE = 3
    """A service or device is away; the same command may succeed later."""
    NOT_VALID = 4
    """The answer is no: the document or certificate is not to be relied on; or what is kept is not
    all right, and what is on stdout is not all of it."""
    INTERNAL = 5
    """A fault of ours."""
    INTERRUPTED = 130
    """Ctrl-C before the work was done."""


EXPLANATION = """Exit codes: 0 done · 1 refused · 2 wrong usage · 3 service or device away, try
again · 4 checked and not valid, or not all of it can be read · 5 internal fault ·
130 interrupted."""


def exit_code(error: OpenJpkiError) -> ExitCode:
    """The exit status that tells a script what kind of refusal this was."""
    if error.reason is Reason.INTERNAL:
        return ExitCode.INTERNAL
    return ExitCode.UNAVAILABLE if error.reason.retryable else ExitCode.REFUSED
