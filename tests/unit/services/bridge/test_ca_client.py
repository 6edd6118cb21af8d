"""What the bridge takes from ca's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import generation_pb2
from openjpki.domain.generation import GenerationState
from openjpki.services.bridge.ca_client import CaClient

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


@pytest.mark.parametrize(
    ("state", "taken"),
    [
        (generation_pb2.GENERATION_STATE_ACTIVE, GenerationState.ACTIVE),
        (generation_pb2.GENERATION_STATE_UNSPECIFIED, GenerationState.ENDED),
        (99, GenerationState.ENDED),
    ],
)
def test_a_state_that_is_not_known_here_may_do_nothing(state: Any, taken: GenerationState) -> None:
    generation = generation_pb2.Generation(number=1, certificate=b"der", state=state)
    answer = ca_pb2.ListAuthoritiesResponse(
        authorities=[ca_pb2.Authority(authority_id="signing-13", generations=[generation])]
    )
    client = CaClient(Channel(answer))  # type: ignore[arg-type]
    (governor,) = client.governors()
    assert governor.state is taken


def test_one_authority_that_is_not_understood_does_not_end_the_others() -> None:
    generation = generation_pb2.Generation(
        number=1, certificate=b"der", state=generation_pb2.GENERATION_STATE_ACTIVE
    )
    answer = ca_pb2.ListAuthoritiesResponse(
        authorities=[
            ca_pb2.Authority(authority_id=name, generations=[generation])
            for name in ("signing-13", "of a newer kind", "signing-16")
        ]
    )
    client = CaClient(Channel(answer))  # type: ignore[arg-type]
    assert [str(one.authority_id) for one in client.governors()] == ["signing-13", "signing-16"]
