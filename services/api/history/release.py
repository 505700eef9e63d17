"""Whether Cassandra answers."""

from dataclasses import dataclass

from services.api.history.question import Question
from services.api.history.sources import Sources

RELEASE = "SELECT release_version FROM system.local"


@dataclass(frozen=True, slots=True)
class Release(Question[str]):
    """Which release it is of."""

    async def answer(self, sources: Sources) -> str:
        """As it says it."""
        (((release,),),) = await sources.cassandra.rows(RELEASE, [()])
        return str(release)
