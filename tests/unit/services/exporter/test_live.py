"""What Prometheus is told of a town, as jobs, digest and notifier have written it."""

from collections import Counter
from collections.abc import Iterator

import pytest
import redis
from msgspec.structs import replace

from adapters.connect import redis_client
from contracts.alerts import KINDS, SEVERITIES
from contracts.settings import RedisSettings, Settings
from services.exporter import metrics
from services.exporter.live import Live
from services.exporter.metrics import Metric, Sample
from services.notifier.state import Dead
from tests.support.redis_server import redis_server
from tests.unit.services.api.town import ALERTS, NAMESPACE, OUTAGE, STREAM, WALL, Town, an_alert
from tests.unit.services.notifier.told import night, tell


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with redis_server() as url:
        yield Settings(namespace=NAMESPACE, redis=RedisSettings(url=url))


@pytest.fixture
def town(settings: Settings) -> Town:
    found = Town(redis_client(settings.redis))
    found.settle()
    return found


def of(metric: Metric, samples: list[Sample]) -> dict[tuple[str, ...], float]:
    """Values by the labels after the namespace."""
    return {labels[1:]: value for its, labels, value in samples if its is metric}


@pytest.mark.usefixtures("town")
def test_the_clocks_and_the_fleet_are_told(settings: Settings) -> None:
    found = list(Live(settings).look([settings]))

    assert of(metrics.STREAM_TIME, found) == {(): STREAM / 1_000}
    assert of(metrics.LIVE_MOVED, found) == {(): WALL / 1_000 - 2}
    assert of(metrics.DIGEST_LOOKED, found) == {(): WALL / 1_000}
    # Nobody has seen the hot job read on.
    assert of(metrics.HOT_READ_ON, found) == {}
    assert of(metrics.METERS, found) == {
        ("electricity", "known"): 3,
        ("electricity", "reporting"): 2,
        ("electricity", "holding"): 0,
        ("electricity", "silent"): 1,
    }
    assert of(metrics.DEMAND, found) == {("electricity",): 876}


def test_alerts_that_are_open_are_counted_again_when_something_became_of_one(
    town: Town, settings: Settings
) -> None:
    live = Live(settings)
    counts = of(metrics.ALERTS_OPEN, list(live.look([settings])))
    assert len(counts) == len(KINDS) * len(SEVERITIES)
    assert {labels for labels, number in counts.items() if number} == {
        ("outage", "major"),
        ("feeder_loss", "notice"),
        ("feed_quiet", "critical"),
    }

    town.alert(replace(ALERTS[OUTAGE], state="closed", closed_at_ms=STREAM))
    town.alert(an_alert(f"outage:elsewhere:{STREAM}"))
    town.alert(an_alert(f"outage:far:{STREAM}"))

    again = of(metrics.ALERTS_OPEN, list(live.look([settings])))
    assert again["outage", "major"] == 2
    assert again["feed_quiet", "critical"] == 1


def test_how_people_are_told_is_told(town: Town, settings: Settings) -> None:
    play = night(an_alert(OUTAGE), WALL)
    tell(town.client, NAMESPACE, play)
    dead = Counter(each.message.channel for each in play.state.all(Dead))

    found = list(Live(settings).look([settings]))

    assert dead["chief"]
    assert of(metrics.NOTIFIER_SEEN, found) == {(): play.now_ms / 1_000}
    told = of(metrics.DEAD_LETTERS, found)
    assert told == {(name,): dead[name] for name in play.notify.channel}
    assert told.keys() == of(metrics.ON_THEIR_WAY, found).keys()


def test_without_a_namespace_redis_itself_is_told_of(town: Town, settings: Settings) -> None:
    town.client.config_set("maxmemory", "100mb")
    try:
        found = {metric: value for metric, _, value in Live(settings).look([])}
    finally:
        town.client.config_set("maxmemory", "0")

    assert found.keys() == {metrics.REDIS_USED, metrics.REDIS_MOST}
    assert found[metrics.REDIS_MOST] == 100 * 2**20
    assert found[metrics.REDIS_USED] > 0


def test_a_redis_that_is_away_is_an_error() -> None:
    nowhere = Settings(redis=RedisSettings(url="redis://127.0.0.1:1/0"))

    with pytest.raises(redis.RedisError):
        list(Live(nowhere).look([nowhere]))
