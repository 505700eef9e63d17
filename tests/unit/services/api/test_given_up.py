"""Who goes away is not waited for: what was asked for is not made."""

import asyncio
import socket
import threading
from collections.abc import Sequence
from urllib.parse import urlsplit

from adapters.meter_history import FullRow
from contracts.reading import Commodity
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.life import Kept
from tests.unit.services.api.town import MINE

PATIENCE_S = 120.0
PATH = f"/v1/meters/{MINE}/energy?start=2013-12-03T00:00:00Z&end=2013-12-04T00:00:00Z"


class Slow(Kept):
    """History that never comes, and knows who waited for it to the end."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked, self.is_dropped = threading.Event(), threading.Event()

    async def periods(
        self,
        meter_id: str,  # noqa: ARG002
        commodity: Commodity,  # noqa: ARG002
        days_ms: Sequence[int],  # noqa: ARG002
    ) -> list[FullRow]:
        self.is_asked.set()
        try:
            return await asyncio.Event().wait()  # type: ignore[return-value]
        except asyncio.CancelledError:
            self.is_dropped.set()
            raise


def test_what_nobody_waits_for_is_dropped(api: Api) -> None:
    api.parts.kept_history = slow = Slow()
    _, token = api.town.token()
    url = urlsplit(api.url)
    with socket.create_connection((str(url.hostname), url.port or 80)) as client:
        client.sendall(
            f"GET {PATH} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        )
        assert slow.is_asked.wait(PATIENCE_S)
        assert not slow.is_dropped.is_set()
    assert slow.is_dropped.wait(PATIENCE_S)
    # It was no error of the server's.
    assert api.get("/healthz").status_code == 200
