"""What questions of history are answered from."""

from dataclasses import dataclass, field

from adapters.cassandra_async import AsyncCassandra
from adapters.meter_history import MeterHistory
from contracts.history import keyspace
from contracts.settings import Settings
from services.api.usual import UsualUse


@dataclass(slots=True)
class Sources:
    """Cassandra, and the models of what is usual, of all namespaces."""

    settings: Settings
    cassandra: AsyncCassandra
    usual: UsualUse = field(default_factory=UsualUse)

    @staticmethod
    def of(settings: Settings) -> "Sources":
        """The sources by the settings; nothing is connected yet."""
        return Sources(settings, AsyncCassandra(settings.cassandra))

    async def close(self) -> None:
        """End all connections."""
        await self.cassandra.close()
        self.usual.close()

    def of_namespace(self, namespace: str) -> Settings:
        """The settings of a namespace."""
        return self.settings.model_copy(update={"namespace": namespace})

    def history(self, namespace: str) -> MeterHistory:
        """What Cassandra has of it."""
        return MeterHistory(self.cassandra, keyspace(self.of_namespace(namespace)))
