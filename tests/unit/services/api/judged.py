"""A town whose hours are judged by a model."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from contracts.settings import Settings
from detection.unusual.model_files import Model
from services.api import usual
from services.api.usual import UsualUse
from tests.support.models import publish_all
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import NAMESPACE


@contextmanager
def judged(api: Api, folder: Path, model: Model, from_ms: int) -> Iterator[Settings]:
    """Let a model judge the town's hours from a time on, and the API wait for it.

    Yields:
        The town's settings.
    """
    settings = api.parts.settings.model_copy(update={"data_dir": folder})
    read = UsualUse()
    with (
        patch.object(api.parts.sources, "settings", settings),
        patch.object(api.parts.sources, "usual", read),
        patch.object(usual, "WAIT_S", 60.0),
    ):
        town = api.parts.sources.of_namespace(NAMESPACE)
        publish_all(town, (model, from_ms))
        try:
            yield town
        finally:
            read.close()
