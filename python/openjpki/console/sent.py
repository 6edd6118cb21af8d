"""What forms were sent: the same form twice is the same request, so that nothing is done twice."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from google.protobuf.message import Message

_Request = TypeVar("_Request", bound="Message")
_KEPT = 32
"""Forms that somebody may still go back to."""


class Sent:
    """Signed requests by the form they came from. A service gives the same answer to the same
    request; signed anew it would be another one."""

    def __init__(self) -> None:
        self._requests: OrderedDict[Hashable, Message] = OrderedDict()
        self._ids: set[str] = set()
        self._lock = Lock()

    def request(self, form_id: str, content: Hashable, make: Callable[[str], _Request]) -> _Request:
        """What this form sent with this content, or what ``make`` makes now, given a request's id:
        the form's own unless it was sent with another content. Raises what ``make`` raises."""
        with self._lock:
            key = (form_id, content)
            if key in self._requests:
                return cast("_Request", self._requests[key])
            request = make(str(uuid.uuid4()) if form_id in self._ids else form_id)
            self._requests[key] = request
            self._ids.add(form_id)
            while len(self._requests) > _KEPT:
                self._requests.popitem(last=False)
            return request
