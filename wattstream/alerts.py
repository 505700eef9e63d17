"""What `wattstream alerts` finds in the stores."""

from cassandra import DriverException
from cassandra.cluster import NoHostAvailable
from redis import RedisError

from adapters.cassandra_alerts import read_versions
from adapters.connect import cassandra_session, redis_client
from adapters.errors import explain
from adapters.redis_alerts import alerts_time_ms, read_alert, read_alerts
from adapters.redis_live import groups
from contracts.alerts import Alert, Kind
from contracts.history import keyspace
from contracts.settings import Settings
from wattstream.alert_tables import by_urgency


def standing(settings: Settings, kind: Kind | None) -> tuple[list[Alert], int]:
    """Alerts of a kind, or of all, by urgency, and the time as of which they stand so: of the
    stream, which in a replay is none of a clock.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    with redis_client(settings.redis) as client:
        alerts = read_alerts(client, settings.namespace)
        areas = groups(client, settings, "area").values()
        times_ms = [each.slice_end_ms for each in areas]
        times_ms.append(alerts_time_ms(client, settings.namespace) or 0)
    wanted = [each for each in alerts if kind in (None, each.kind)]
    return by_urgency(wanted), max(times_ms)


def versions_of(settings: Settings, an_id: str) -> tuple[list[Alert], list[str]]:
    """Versions of an alert in their order, none if nobody knows of it, and what a reader must know
    of them: Cassandra has all but perhaps the latest, Redis the latest of alerts that are open, or
    were closed in the last day.

    Raises:
        ValueError: it is no id of an alert.
        cassandra.DriverException, cassandra.cluster.NoHostAvailable: Cassandra does not answer, and
            Redis does not know of the alert.
    """
    notes: list[str] = []
    latest: Alert | None = None
    try:
        with redis_client(settings.redis) as client:
            latest = read_alert(client, settings.namespace, an_id)
    except RedisError as error:
        notes.append(f"{explain(error, settings)}. The latest version may be missing.")
    try:
        versions = _stored(settings, an_id)
    except (DriverException, NoHostAvailable) as error:
        if latest is None:
            raise
        return [latest], [
            f"{explain(error, settings)}. This is the latest version alone, as Redis has it."
        ]
    if latest is not None and (not versions or versions[-1].version < latest.version):
        between = latest.version - (versions[-1].version if versions else 0) - 1
        versions.append(latest)
        if between:
            notes.append(
                f"Not in Cassandra yet: {between:,} of the versions before {latest.version}."
            )
    return versions, notes


def _stored(settings: Settings, an_id: str) -> list[Alert]:
    session = cassandra_session(settings.cassandra)
    try:
        return read_versions(session, keyspace(settings), an_id)
    finally:
        session.cluster.shutdown()
