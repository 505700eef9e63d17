"""A household whose rule scores hours by the time of day, and that is told by phone, mail and
loudspeaker."""

from contracts.alerts import Alert, Evidence
from contracts.time import DAY_MS, HOUR_MS, SECOND_MS
from detection.reference.hours import hour_score, is_unusual
from tests.unit.services.notifier.play import T, opened

HOUSEHOLD = """
[[rule]]
name = "household"
when = { kind = ["unusual_use"] }
to = ["phone", "mail", "kitchen"]
wait = "5s"
update_every = "1m"

[channel.phone]
url_env = "WATTSTREAM_NOTIFY_PHONE"

[channel.mail]
type = "mail"
url_env = "WATTSTREAM_NOTIFY_MAIL"

[channel.kitchen]
type = "home-assistant"
url_env = "WATTSTREAM_NOTIFY_KITCHEN"
secret_env = "WATTSTREAM_NOTIFY_KITCHEN_TOKEN"
voice = "tts.google"
speaker = "media_player.kitchen"
"""


def used(hour: int, energy_wh: float) -> list[Alert]:
    """The alert of an hour of a household, if there is one."""
    if not is_unusual(hour, energy_wh):
        return []
    score = hour_score(hour, energy_wh)
    text = f"{energy_wh:,.0f} Wh at {hour} o'clock: score {score:.4f} of 1"
    evidence = Evidence("hour", text, {"energy_wh": energy_wh, "score": score})
    about = {"evidence": evidence, "homes_count": 1, "severity": "notice"}
    return [opened(second_of(hour), "household", "unusual_use", **about)]


def second_of(hour: int) -> float:
    """When it is that hour of the day after, in UTC, in seconds of `play`."""
    return (DAY_MS - T % DAY_MS + hour * HOUR_MS) / SECOND_MS
