"""What history has of alerts."""

from dataclasses import dataclass

from contracts.alerts import Alert
from services.api.history.question import Question
from services.api.history.sources import Sources


@dataclass(frozen=True, slots=True)
class VersionsOfAlert(Question[list[Alert]]):
    """All versions of an alert, which are few."""

    namespace: str
    alert_id: str

    async def answer(self, sources: Sources) -> list[Alert]:
        """Those that are there, in their order."""
        return await sources.history(self.namespace).alert_versions(self.alert_id)
