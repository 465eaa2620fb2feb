"""How much of a request's body is let in: counted while it comes, whatever its headers say."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

DRAINED = 64 * 2**20  # bytes of a refused body that are read and thrown away, so that the sender hears the answer


class Body:
    """The messages of a request's body up to `most` bytes; after that the app sees that the sender has left."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.receive, self.most = receive, most
        self.taken = 0
        self.ended = False

    @property
    def refused(self) -> bool:
        """Whether more came than is let in."""
        return self.taken > self.most

    async def __call__(self) -> Message:
        """The next message."""
        message = await self._next()
        return {"type": "http.disconnect"} if self.refused else message

    async def drain(self) -> None:
        """Read what is still to come, within reason; a sender who is cut off reads no answer."""
        while not self.ended and self.taken < self.most + DRAINED:
            await self._next()

    async def _next(self) -> Message:
        message = await self.receive()
        self.taken += len(message.get("body", b""))
        self.ended = message["type"] != "http.request" or not message.get("more_body", False)
        return message
