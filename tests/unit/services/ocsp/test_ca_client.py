"""What a status replica takes from ca's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import rsa

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import generation_pb2
from openjpki.services.ocsp.ca_client import CaClient
from tests.support.small_pki import SmallPki

if TYPE_CHECKING:
    from collections.abc import Callable


class Channel:
    """Gives one answer to every call."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def unary_unary(self, *_: object, **__: object) -> Callable[..., Any]:
        """A call that gets the answer."""
        return lambda *_, **__: self._answer

    unary_stream = unary_unary


def test_what_is_not_understood_is_left_out_and_ends_nothing_else() -> None:
    certificate = SmallPki().certificate(
        "Governor", "Governor", key=rsa.generate_private_key(65537, 2048)
    )

    def generation(number: int, der: bytes) -> generation_pb2.Generation:
        state = generation_pb2.GENERATION_STATE_ACTIVE
        return generation_pb2.Generation(number=number, certificate=der, state=state)

    answer = ca_pb2.ListAuthoritiesResponse(
        authorities=[
            ca_pb2.Authority(authority_id="of a newer kind"),
            ca_pb2.Authority(
                authority_id="signing-13",
                generations=[generation(1, b"broken"), generation(2, certificate)],
            ),
        ]
    )
    client = CaClient(lambda: Channel(answer))  # type: ignore[arg-type, return-value]
    (named,) = client.authorities()
    assert str(named.authority_id) == "signing-13"
    assert [one.generation for one in named.generations] == [2]
