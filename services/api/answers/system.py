"""How the platform does."""

from typing import Literal

from services.api.answers.shapes import Answer, Clock, Moment

StoreName = Literal["Redis", "Cassandra", "PostgreSQL", "Kafka", "Flink"]


class Store(Answer):
    """A part that the API asks."""

    name: StoreName
    answers: bool
    took_ms: float | None
    """How long it took to answer."""


class JobNow(Answer):
    """A job of the namespace."""

    name: str
    state: str
    """As Flink says it; `ABSENT` if Flink does not know it."""
    runs: bool
    """Whether all of its tasks do."""
    checkpoint_age_ms: int | None
    checkpoint_overdue: bool | None
    failures_lately: int | None
    """Within five minutes."""
    behind_records: int | None
    """Of its topics, that it has not read."""


class Feed(Answer):
    """Alerts of the readings' own feed that are open."""

    alert_id: str
    subject: str
    since: Moment
    text: str


class System(Answer):
    """How the platform does, as of `looked_at`."""

    clock: Clock
    looked_at: Moment
    """On the wall: it is looked at each 5 s at most."""
    stores: list[Store]
    jobs: list[JobNow] | None
    """Null if Flink does not answer."""
    feed: list[Feed]
    streams_open: int


class Health(Answer):
    """That the process answers."""

    status: Literal["ok"]


class Ready(Answer):
    """Whether the API can do its work."""

    status: Literal["ready", "away"]
    redis: bool
    """Without it nothing is answered but history to those who were let in before."""
    cassandra: bool
    """Without it there is no history; it is not asked until somebody wants some."""
