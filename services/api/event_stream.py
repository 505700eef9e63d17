"""The answer that does not end: frames as they come, a word now and then so that a connection that
is dead is noticed, and an end for who does not read."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.api.connection import ABORT
from services.api.feeds import Frame, event
from services.api.hub import Hub, Listener

QUIET_S = 15.0
"""After so long without a frame it is said that there is nothing: browsers do not tell their pages
of comments."""
WRITE_TIMEOUT_S = 30.0
"""For so long one may not read."""
CHECK_EACH_S = 2.0
"""How often is looked whether whoever listens still may."""

STILL = event("still", b"{}")
BYE = event("bye", b'{"reason":"the server ends","again_ms":2000}')
REVOKED = event("bye", b'{"reason":"you are signed out","again_ms":null}')


class EventStream(Response):
    """A stream of events for one listener."""

    media_type = "text/event-stream"

    def __init__(
        self, hub: Hub, listener: Listener, hello: Frame, may: Callable[[], Awaitable[bool]]
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._hub, self._listener, self._hello, self._may = hub, listener, hello, may

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_gone(receive))
        try:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            if not await self._run(send, gone):
                scope["state"][ABORT]()
                await gone
        finally:
            gone.cancel()
            self._hub.leave(self._listener)

    async def _run(self, send: Send, gone: "asyncio.Task[None]") -> bool:
        """Send frames to the end; whether they were read."""

        async def say(frame: Frame, *, more: bool = True) -> None:
            body = {"type": "http.response.body", "body": frame, "more_body": more}
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await send(body)

        try:
            await say(self._hello)
            quiet_s = 0.0
            gone.add_done_callback(lambda _: self._listener.due.set())
            while not gone.done():
                with suppress(TimeoutError):
                    async with asyncio.timeout(CHECK_EACH_S):
                        await self._listener.due.wait()
                if self._listener.closing:
                    await say(BYE, more=False)
                    return True
                if not self._listener.due.is_set():
                    quiet_s += CHECK_EACH_S
                if not await self._still_may():
                    self._hub.cut("signed out")
                    await say(REVOKED, more=False)
                    return True
                if frames := self._listener.take():
                    quiet_s = 0.0
                    await say(frames)
                elif quiet_s >= QUIET_S:
                    quiet_s = 0.0
                    await say(STILL)
        except TimeoutError:
            # Nobody reads. What is left to be sent goes with the connection.
            self._hub.cut("does not read")
            return False
        return True

    async def _still_may(self) -> bool:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._checked_s < CHECK_EACH_S:
            return True
        self._checked_s = now_s
        return await self._may()

    _checked_s = 0.0


async def _gone(receive: Receive) -> None:
    """Returns when whoever listens has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
