"""Alerts: what people are told of, as values of the topic of alerts and as the stores have them.

An alert is a JSON object, key = id. It is opened once, updated while it is open, and closed; each
word of it is a `version` more. Id and versions are functions of the log, so whoever has both has
the whole alert, and a repeat of a version is the same. Those of the feed itself (`FEED_KINDS`) are
functions of facts for which somebody looked at a clock: that nothing comes no log can say.
"""

import re
from typing import Literal, get_args

from msgspec import Struct

from contracts.facts import MOST_METERS
from contracts.reading import MAX_TS_MS
from contracts.time import DAY_MS

Kind = Literal[
    "outage",
    "meter_silent",
    "repeated_outage",
    "stuck_register",
    "register_back",
    "use_while_off",
    "unusual_use",
    "zero_use",
    "overload",
    "voltage_low",
    "voltage_high",
    "feeder_loss",
    "feed_quiet",
    "feed_stopped",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
FEED_KINDS: tuple[Kind, ...] = ("feed_quiet", "feed_stopped")
"""That nobody writes a partition of the readings while others are written, or the whole topic."""
FOR_CUSTOMERS: frozenset[Kind] = frozenset({"outage", "meter_silent", "unusual_use"})
"""What a home is told of itself. Others are of its feeder and its neighbours, or a suspicion."""

State = Literal["opened", "updated", "closed"]
Severity = Literal["notice", "warning", "major", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""The mildest first."""
Cause = Literal["unknown", "power", "communication", "mixed"]


class Evidence(Struct, frozen=True):
    """Why there is an alert."""

    rule: str
    """Which part of the rule found it."""
    text: str
    """A sentence for people."""
    numbers: dict[str, float]
    """What the rule compared, by name with its unit."""


class Alert(Struct, frozen=True, omit_defaults=True):
    """One version of an alert."""

    id: str
    """`<kind>:<subject>:<opened_at_ms>`."""
    version: int
    """From 1."""
    state: State
    kind: Kind
    severity: Severity
    subject: str
    """A feeder or a meter; of the feed the topic, or `<topic>-<partition>`."""
    area: str
    """The first five characters of its geohash; empty of the feed."""
    onset_ms: int
    """When it began, as far as is known."""
    opened_at_ms: int
    """Event time of the fact that opened it."""
    at_ms: int
    """Event time of the fact that made this version."""
    evidence: Evidence
    rules: str
    """Version of the rules."""
    cause: Cause = "unknown"
    homes: tuple[str, ...] = ()
    """Meters that it hit, at most `contracts.facts.MOST_METERS`, in the order of their ids; of a
    loss those that are suspected."""
    homes_count: int = 0
    homes_out: int = 0
    """Of them those that are not back; one that is no longer behind the feeder is waited for no
    more."""
    momentary: bool = False
    """Restored within five minutes: IEEE 1366."""
    customer_minutes: float | None = None
    """Minutes without power, added over homes, those that have not come back until the closing
    included; when it is closed."""
    restored_at_ms: int | None = None
    closed_at_ms: int | None = None
    reason: str | None = None
    """Why it was closed, or, of a single meter, what it was part of."""


def alert_id(kind: Kind, subject: str, opened_at_ms: int) -> str:
    """An alert's id."""
    return f"{kind}:{subject}:{opened_at_ms}"


def hits(alert: Alert, meter_id: str, behind: str) -> bool:
    """Whether an alert is of a home, as far as is known: of a list that is cut, those behind the
    feeder that come after its end may be.

    Args:
        behind: The feeder of the home (`contracts.meters.behind`).
    """
    if meter_id == alert.subject or meter_id in alert.homes:
        return True
    return is_cut(alert) and behind == alert.subject and meter_id > alert.homes[-1]


def is_cut(alert: Alert) -> bool:
    """Whether an alert is of more homes than it names."""
    return len(alert.homes) == MOST_METERS < alert.homes_count


def id_parts(an_id: str) -> tuple[Kind, str, int]:
    """Kind, subject and `opened_at_ms` of an id.

    Raises:
        ValueError: it is none; says what one looks like.
    """
    name, _, rest = an_id.partition(":")
    subject, _, opened_at_ms = rest.rpartition(":")
    is_time = re.fullmatch(r"[0-9]{1,20}", opened_at_ms) and int(opened_at_ms) <= MAX_TS_MS
    for kind in KINDS:
        if kind == name and subject and is_time:
            return kind, subject, int(opened_at_ms)
    raise ValueError(
        f"{an_id!r} is no id of an alert, which is <kind>:<subject>:<opened_at_ms> with a kind of "
        f"{', '.join(KINDS)} and a time of {MAX_TS_MS} at most"
    )


CLOSED_KEPT_MS = DAY_MS
"""How long after its closing an alert is in Redis, by the time of alerts (`alerts_time_key`)."""

MOST_NEWEST = 1_000
"""Subjects of a kind that Redis knows the newest alert of, at most."""


def alerts_key(namespace: str) -> str:
    """Redis: hash with a field for each alert by its id, its value the highest version as JSON: of
    those that are open, and those that are closed for no longer than CLOSED_KEPT_MS."""
    return f"{namespace}:alerts"


def newest_alerts_key(namespace: str, kind: Kind) -> str:
    """Redis: sorted set of subjects by when their newest alert of a kind was opened."""
    return f"{namespace}:alerts:newest:{kind}"


def alerts_time_key(namespace: str) -> str:
    """Redis: the greatest `at_ms` of all versions that were written."""
    return f"{namespace}:alerts:time"


MOST_CHANGES = 10_000
"""Entries of `alert_changes_key`, or a few more: who has looked before the oldest looks at all."""


def alert_changes_key(namespace: str) -> str:
    """Redis: stream with an entry `id` for each time that something became of an alert, or that
    somebody said something of it, so that nobody needs to look at all of them."""
    return f"{namespace}:alerts:changes"


def closed_alerts_key(namespace: str) -> str:
    """Redis: sorted set of ids by when they were closed, those that have left the hash among them;
    only writers need it."""
    return f"{namespace}:alerts:closed"
