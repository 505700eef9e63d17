"""What `wattstream alerts` finds in the stores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cassandra import DriverException, InvalidRequest
from cassandra.cluster import NoHostAvailable
from redis import RedisError

from adapters import live_questions as ask
from adapters.cassandra_alerts import read_versions
from adapters.connect import cassandra_session
from adapters.errors import explain
from adapters.live_store import LiveStore
from contracts.alerts import Alert, Kind
from contracts.history import keyspace
from contracts.notes import Note
from contracts.settings import Settings
from wattstream.alert_tables import by_urgency
from wattstream.namespaces import require_namespace


@dataclass(frozen=True, slots=True)
class Standing:
    """Alerts as they stand."""

    alerts: list[Alert]
    """By urgency."""
    now_ms: int
    """The time as of which they stand so: of the stream, which in a replay is none of a clock; 0 if
    Redis knows nothing of the namespace."""
    notes: Mapping[str, Sequence[Note]]
    """Of those that have any, by id."""


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of an alert."""

    versions: list[Alert]
    """In their order; none if nobody knows of it."""
    notes: list[Note]
    """By their times."""
    remarks: list[str]
    """What a reader must know of what is missing."""


def standing(settings: Settings, kind: Kind | None) -> Standing:
    """Alerts of a kind, or of all, as Redis has them.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    namespace = settings.namespace
    with LiveStore(settings.redis) as live:
        alerts = live.ask(ask.alerts(namespace))
        areas = live.ask(ask.all_groups(namespace, "area")).values()
        times_ms = [each.slice_end_ms for each in areas]
        times_ms.append(live.ask(ask.alerts_time_ms(namespace)) or 0)
        wanted = by_urgency(each for each in alerts if kind in (None, each.kind))
        notes = live.ask(ask.notes(namespace, [each.id for each in wanted]))
    return Standing(wanted, max(times_ms), notes)


def story_of(settings: Settings, an_id: str) -> Story:
    """An alert with what people say of it: Cassandra has all versions but perhaps the latest, Redis
    the latest of alerts that are open, or were closed in the last day, and all notes.

    Raises:
        ValueError: it is no id of an alert.
        NamespaceError: there is no such namespace.
        cassandra.DriverException, cassandra.cluster.NoHostAvailable: Cassandra does not answer, and
            Redis does not know of the alert.
    """
    remarks: list[str] = []
    latest: Alert | None = None
    notes: list[Note] = []
    try:
        with LiveStore(settings.redis) as live:
            latest = live.ask(ask.alert(settings.namespace, an_id))
            notes = live.ask(ask.notes(settings.namespace, [an_id])).get(an_id, [])
    except RedisError as error:
        remarks.append(
            f"{explain(error, settings)}. The latest version may be missing, and notes are."
        )
    try:
        versions = _stored(settings, an_id)
    except (DriverException, NoHostAvailable) as error:
        if latest is None:
            if isinstance(error, InvalidRequest):
                require_namespace(settings)
            raise
        alone = f"{explain(error, settings)}. This is the latest version alone, as Redis has it."
        return Story([latest], notes, [alone])
    if latest is not None and (not versions or versions[-1].version < latest.version):
        between = latest.version - (versions[-1].version if versions else 0) - 1
        versions.append(latest)
        if between:
            remarks.append(
                f"Not in Cassandra yet: {between:,} of the versions before {latest.version}."
            )
    return Story(versions, notes, remarks)


def _stored(settings: Settings, an_id: str) -> list[Alert]:
    session = cassandra_session(settings.cassandra)
    try:
        return read_versions(session, keyspace(settings), an_id)
    finally:
        session.cluster.shutdown()
