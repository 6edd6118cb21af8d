"""How the journal names who acted on a service's own machine, without calling it."""

CONSOLE = "console/"
"""How actors begin who act on a service's own machine; the user's name follows."""
