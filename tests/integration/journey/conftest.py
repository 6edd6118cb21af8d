"""The journeys' installation: the four services as `openjpki serve` starts them."""

from tests.support.demo import demo
from tests.support.installation import installation

__all__ = ["demo", "installation"]
