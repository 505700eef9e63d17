"""Who is told of what and when: the values of `notify.toml`, checked one by one.

Lengths of time are text with a unit in the file (`15s`, `5m`, `4h`, `1d`) and milliseconds here.
"""

import re
from collections.abc import Mapping
from datetime import time
from fnmatch import fnmatchcase
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from contracts.alerts import SEVERITIES, Alert, Kind, Severity
from contracts.choices import Takes
from contracts.settings import NOTIFY_PREFIX
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

_UNITS_MS = {"s": SECOND_MS, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
LONGEST_MS = 30 * DAY_MS


def span_ms(value: Any) -> int:  # noqa: ANN401
    """A length of time, of its text.

    Raises:
        ValueError: it is none; says what to give.
    """
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", value) if isinstance(value, str) else None
    length_ms = int(found[1]) * _UNITS_MS[found[2]] if found else -1
    if not 0 <= length_ms <= LONGEST_MS:
        raise ValueError('give a whole number with s, m, h or d, such as "15m", of "30d" at most')
    return length_ms


def _time_of_day(value: Any) -> time:  # noqa: ANN401
    found = re.fullmatch(
        r"([01][0-9]|2[0-3]):([0-5][0-9])", value if isinstance(value, str) else ""
    )
    if found is None:
        raise ValueError('give hours and minutes, such as "22:00"')
    return time(int(found[1]), int(found[2]))


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        raise ValueError('give a zone of the IANA list, such as "Europe/Berlin"') from None
    return name


def _least_severity(value: str) -> str:
    if value.removeprefix(">=") not in SEVERITIES:
        names = ", ".join(SEVERITIES)
        raise ValueError(f'give one of {names}, or that and all above, such as ">=major"')
    return value


def _variable(name: str) -> str:
    if not re.fullmatch(rf"{NOTIFY_PREFIX}[A-Z0-9_]{{1,60}}", name):
        raise ValueError(
            f'give the name of a variable that begins with "{NOTIFY_PREFIX}", in capitals; the '
            "address or secret itself is in the environment alone"
        )
    return name


def _name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", name):
        raise ValueError("give a lower-case letter, then up to 39 of a-z, 0-9, -")
    return name


Span = Annotated[int, BeforeValidator(span_ms)]
"""In milliseconds."""
Spaced = Annotated[Span, Field(ge=MINUTE_MS)]
"""A minute or more: how far messages of one thing are apart."""
TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
Zone = Annotated[str, AfterValidator(_zone)]
Name = Annotated[str, AfterValidator(_name)]
Variable = Annotated[str, AfterValidator(_variable)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
Names = Annotated[tuple[Name, ...], Field(min_length=1)]


class Part(BaseModel):
    """A part of the file: what it does not know, it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class When(Part):
    """Which alerts a rule takes: those to which all that it says applies."""

    kind: tuple[Kind, ...] | None = None
    severity: Annotated[str, AfterValidator(_least_severity)] | None = None
    area: str | None = None
    """A pattern with `*` and `?`, as are those of subject."""
    subject: str | None = None

    def unlike(self, alert: Alert) -> str | None:
        """The first that does not apply to an alert, in words; None if all does."""
        if self.kind is not None and alert.kind not in self.kind:
            return f"its kind is {alert.kind}, not {' or '.join(self.kind)}"
        if self.severity is not None and not _is_severe(alert.severity, self.severity):
            return f"its severity is {alert.severity}, not {self.severity}"
        for name, pattern in (("area", self.area), ("subject", self.subject)):
            value = getattr(alert, name)
            if pattern is not None and not fnmatchcase(value, pattern):
                return f"its {name} is {value!r}, not {pattern!r}"
        return None


def _is_severe(severity: Severity, wanted: str) -> bool:
    if wanted.startswith(">="):
        return SEVERITIES.index(severity) >= [*SEVERITIES].index(wanted[2:])  # type: ignore[arg-type]
    return severity == wanted


class Escalation(Part):
    """Who is told besides, if nobody says that he looks after it."""

    after: Span
    """Since an alert was first told."""
    to: Names
    unless: Literal["acknowledged"] = "acknowledged"


class Quiet(Part):
    """Hours in which nobody is woken: what there is to say is said when they end."""

    begin: Annotated[TimeOfDay, Field(alias="from")]
    end: Annotated[TimeOfDay, Field(alias="to")]
    zone: Zone
    but: Severity | None = None
    """From this severity on it is said all the same."""


GroupBy = Literal["incident", "area", "subject"]


class Rule(Part):
    """Who is told of which alerts, and when. The first rule that applies to a version of an alert
    takes it."""

    name: Name
    when: When = When()
    to: Names
    group_by: GroupBy = "incident"
    """What belongs to one message, beside the kind: what began near one another in place and time
    (`contracts.incidents`), or what is of one area, or of one feeder or meter."""
    lasting: Annotated[Span, Field(alias="for")] = 0
    """Not told if it is over before."""
    wait: Span = 20 * SECOND_MS
    """For what belongs to the same message."""
    update_every: Spaced = 5 * MINUTE_MS
    """At most, and only if something changed; the end is an update."""
    repeat_every: Spaced | None = None
    """While it is open and not acknowledged, and nothing changes."""
    max_repeats: Annotated[int, Field(ge=1, le=1_000)] = 6
    escalate: Escalation | None = None
    quiet: Quiet | None = None

    @property
    def channels(self) -> tuple[str, ...]:
        """All that may hear of it."""
        return self.to + (self.escalate.to if self.escalate else ())


class Channel(Part):
    """How a receiver is reached: addresses and secrets are variables of the environment."""

    type: Literal["apprise", "mail", "webhook", "home-assistant", "alertmanager"] = "apprise"
    url_env: Variable
    secret_env: Variable | None = None
    """Of a web hook the key that it is signed with, of Home Assistant the token."""
    speaker: str | None = None
    """Of Home Assistant, the `media_player` that speaks."""
    voice: str | None = None
    """Of Home Assistant, the `tts` entity that it speaks with."""
    max_per_hour: Annotated[int, Field(ge=1, le=1_000)] = 20
    language: Language = "en"
    zone: Zone = "UTC"
    """Whose times texts have."""


TAKES: Mapping[str, Takes] = {"mail": "mail", "apprise": "name"}
"""What channels of customers take for an address, by their type."""


class Customers(Part):
    """How customers may be told of their own homes, each as it has chosen (`contracts.choices`)."""

    channels: Names
    """That they may choose from: none that a rule tells, since it has no receiver of its own."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en", "de", "fr")
    """That they may choose from."""
    lasting: Annotated[Span, Field(alias="for")] = MINUTE_MS
    """Not told if it is over before."""
    max_per_hour: Annotated[int, Field(ge=1, le=60)] = 4
    """Messages to one customer; what has no room is in the next one."""


class Notify(Part):
    """The whole file."""

    rule: tuple[Rule, ...] = ()
    """None: nobody is told of anything."""
    channel: dict[Name, Channel] = {}
    customers: Customers | None = None
    """None: no customer is told of anything."""
    page: Annotated[str, Field(pattern=r"^https?://[^\s]+$")] = "http://127.0.0.1:18080"
    """Where receivers find the page, for links."""
    texts: str | None = None
    """A folder with texts of the utility's own, beside the file."""

    @property
    def messaged(self) -> dict[str, Channel]:
        """Channels that get messages of rules; others are shown what is open, or are for
        customers."""
        return {
            name: channel
            for name, channel in self.channel.items()
            if channel.type != "alertmanager" and name not in self.of_customers
        }

    @property
    def of_customers(self) -> tuple[str, ...]:
        """Channels that customers choose from."""
        return () if self.customers is None else self.customers.channels

    @property
    def tells_anybody(self) -> bool:
        """Whether there is anybody to be told."""
        return bool(self.rule) or self.customers is not None

    @cached_property
    def version(self) -> str:
        """Another one as soon as a rule takes other alerts, or is called otherwise."""
        said = repr([(each.name, each.when) for each in self.rule])
        return sha256(said.encode()).hexdigest()[:16]

    def rule_of(self, alert: Alert) -> Rule | None:
        """The rule that takes a version of an alert."""
        return next((each for each in self.rule if each.when.unlike(alert) is None), None)
