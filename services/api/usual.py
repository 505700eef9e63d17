"""What is usual for meters, by the models that judge their hours, where there are any.

Models are files beside the archive, mapped into memory; a version is read when a meter's hour first
asks for it. Nothing but a band in a chart hangs on them: where they are broken, or take too long,
there is none.
"""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from contracts.models import UNUSUAL_USE
from contracts.settings import Settings
from detection.unusual.usual import Usual
from detection.unusual.versions import PublishedModels

log = logging.getLogger(__name__)

WAIT_S = 2.0
"""For what is usual; a fleet's tables are read within it."""


class UsualUse:
    """Of meters of all namespaces, by a thread of its own: models are read by one at a time."""

    def __init__(self) -> None:
        self._models: dict[str, PublishedModels] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="models")

    async def of(
        self, settings: Settings, meter_id: str, begin_ms: int, end_ms: int
    ) -> Usual | None:
        """What is usual for a meter of the settings' namespace in the hours of a time, which are
        Wh of electricity; None if it cannot be told in time."""
        future = self._thread.submit(self._of, settings, meter_id, begin_ms, end_ms)
        try:
            async with asyncio.timeout(WAIT_S):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            log.warning("the models of %s are not read in time", settings.namespace)
            return None

    def close(self) -> None:
        """Take nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _of(self, settings: Settings, meter_id: str, begin_ms: int, end_ms: int) -> Usual:
        models = self._models.get(settings.namespace)
        if models is None:
            models = PublishedModels(settings.models_dir / UNUSUAL_USE, _tell)
            self._models[settings.namespace] = models
        return models.usual(meter_id, begin_ms, end_ms)


def _tell(error: Exception) -> None:
    log.warning("nothing is said of what is usual: %s", error)
