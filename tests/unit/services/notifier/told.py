"""How people were told in a night, as a notifier shows it in Redis: somebody heard of an outage and
of its end, the chief's channel took nothing for a day, and something is silent."""

import redis
from msgspec.structs import replace

from adapters.redis_notifier import say_seen, show
from contracts.alerts import Alert
from contracts.time import DAY_MS, HOUR_MS
from services.notifier.messages import Message
from services.notifier.rules import Notify
from services.notifier.shown import notifier, shown, whole
from tests.unit.services.notifier.play import Play, rules

DAY_S = 86_400
HOUR_S = 3_600
FILE = "/srv/wattstream/notify.toml"


def night(alert: Alert, now_ms: int) -> Play:
    """What a notifier knows at a time.

    Args:
        alert: Told a day before, to two channels, of which one is away since.
    """
    play = Play(told_rules(), _answer, begin_ms=now_ms - DAY_MS - HOUR_MS)
    play.hear(replace(alert, version=1, state="opened"))
    play.until(60)
    # Who tries in vain gives up after a day, and the limits of an hour are those of now.
    play.until(DAY_S + HOUR_S - 60, each_s=600)
    play.silence(3_600, kind="overload", area="gcpu")
    play.until(DAY_S + HOUR_S)
    return play


def told_rules() -> Notify:
    """Of all to duty and chief, again each hour."""
    return rules(
        'repeat_every = "8h"\nmax_repeats = 2\nfor = "10s"\n'
        'quiet = { from = "01:00", to = "01:01", zone = "UTC", but = "critical" }\n'
        'escalate = { after = "15m", to = ["chief"] }'
    )


def _answer(message: Message) -> str:
    return "it answers 500" if message.channel == "chief" else ""


def tell(client: "redis.Redis", namespace: str, play: Play) -> None:
    """Show it."""
    what = shown(whole(play.state))
    show(client, namespace, what.fields, what.arrived, anew=True)
    seen(client, namespace, play, play.now_ms)


def seen(client: "redis.Redis", namespace: str, play: Play, now_ms: int) -> None:
    """The notifier says that it runs."""
    say_seen(client, namespace, notifier(play.notify, FILE, play.begin_ms, now_ms))
