"""How people are told of alerts: rules and channels, messages and what became of them, silences."""

from typing import Annotated, Literal

from msgspec.structs import asdict
from pydantic import BaseModel, ConfigDict, Field

from contracts import deliveries
from contracts.alerts import Kind, Severity
from contracts.deliveries import AWAY_MS, ChannelNow, Delivery, Gist, Notifier, State, Why
from contracts.notes import MAX_TEXT_LENGTH
from contracts.notify_requests import LONGEST_SILENCE_MS, Silence
from contracts.time import HOUR_MS, SECOND_MS
from services.api.answers.shapes import Answer, Moment, Page, moment, moment_or_none
from services.api.paths import CellPrefix

To = Literal["duty", "customers"]
"""Who reads the channels of rules; or customers, each of the own home."""

LONGEST_SILENCE_S = LONGEST_SILENCE_MS // SECOND_MS


class MessageGroup(Answer):
    """What a message said of one group of alerts."""

    kind: Kind
    why: Why
    """`opened`: the first of its group; `updated`: news of it; `ended`: all of it is over;
    `repeated`: the same again, since nobody looks after it; `escalated`: that to others."""
    rule: str
    severity: Severity
    subject: str
    """Of the alert that it named first."""
    alerts: int
    """In the group."""
    alerts_open: int
    homes_out: int
    alert_ids: list[str]
    """Of those that it named, or whose beginning or end it told."""


class Message(Answer):
    """A message to a channel, and what became of it. Times are of the wall."""

    id: str
    """As its receiver has it."""
    channel: str
    settled_at: Moment
    """When it was settled what it says."""
    state: State
    """`dead`: it is not tried any more, unless somebody asks for it."""
    since: Moment
    """When it became so; of one that is on its way, since when it is tried."""
    groups_count: int
    """More than one: a digest."""
    groups: list[MessageGroup]
    """Twenty at most."""
    problem: str | None
    """Why the last try failed."""
    again_at: Moment | None
    """Of one that is dead: when somebody asked that it be tried again."""
    customer: str | None
    """To whom, of a channel that customers choose; null: to who reads the channel."""


class Channel(Answer):
    """How receivers are reached, and how it does."""

    name: str
    type: str
    """`apprise`, `mail`, `webhook`, `home-assistant` or `alertmanager`."""
    language: str
    zone: str
    max_per_hour: int
    last_hour: int
    """Messages of one group that went in the last hour."""
    last_digest_at: Moment | None
    storm_since: Moment | None
    """Since when there is so much that it gets digests alone."""
    on_its_way: Message | None
    problem: str | None
    """Why the last try failed; null once one has not."""
    for_customers: bool
    """Whether customers choose it, each with an address of its own: limits are a customer's then,
    not the channel's."""
    waiting: int
    """Of a channel that customers choose: messages on their way."""


class SilenceNow(Answer):
    """Alerts that nobody is told of for a while: those to which all of it applies."""

    id: str
    who: str
    asked_at: Moment
    why: str
    begins_at: Moment
    ends_at: Moment
    kind: Kind | None
    area: str | None
    """How it begins."""
    subject: str | None
    incident: str | None
    """All that is told in one message with this alert."""


class Rule(Answer):
    """Who is told of which alerts, and when, as the notifier has read it. The first rule that
    applies takes an alert."""

    name: str
    kinds: list[Kind] | None
    """Any of these; null: of any kind, as null is anything below."""
    severity: str | None
    """One, or that and all above (`>=major`)."""
    area: str | None
    """A pattern with `*` and `?`, as is that of the subject."""
    subject: str | None
    to: list[str]
    """Channels."""
    group_by: str
    """What is one message: `incident`, `area` or `subject`."""
    for_ms: int
    """What is over before is not told."""
    wait_ms: int
    """For what belongs to the same message."""
    update_every_ms: int
    repeat_every_ms: int | None
    """While nobody acknowledges it; null: never."""
    max_repeats: int
    escalate_after_ms: int | None
    """After an alert was first told, unless somebody acknowledges it; null: never."""
    escalate_to: list[str]
    quiet_from: str | None
    """Hours and minutes in which nothing is sent, until `quiet_to`, in `quiet_zone`; null: none."""
    quiet_to: str | None
    quiet_zone: str | None
    quiet_but: Severity | None
    """From this severity on it is sent all the same."""


class Notifications(Answer):
    """How people are told of alerts. Times are of the wall."""

    state: Literal["runs", "away", "never"]
    """Of the notifier; `never`: none has run since Redis was empty."""
    seen_at: Moment | None
    """When it last said that it runs."""
    file: str | None
    """By which it goes."""
    rules: list[Rule]
    """In their order. Empty: nobody is told."""
    channels: list[Channel]
    dead: list[Message]
    """Messages that did not arrive, the newest first."""
    silences: list[SilenceNow]
    """Those that hold, or will; the first to end first."""


class Messages(Page[Message]):
    """Messages that arrived, the newest first: of 30 days the last 2,000, and as many to
    customers."""


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class NewSilence(_Asked):
    """What nobody is to be told of for a while: that to which all of it applies. At least one of
    kind, area, subject and incident is needed."""

    why: Annotated[str, Field(min_length=1, max_length=MAX_TEXT_LENGTH)]
    """For those who wonder that they hear nothing."""
    for_s: Annotated[int, Field(ge=60, le=LONGEST_SILENCE_S)]
    """From now on."""
    kind: Kind | None = None
    area: CellPrefix | None = None
    """How it begins."""
    subject: Annotated[str, Field(max_length=100)] | None = None
    """A feeder or a meter."""
    incident: Annotated[str, Field(max_length=150)] | None = None
    """The id of an alert: all that is told in one message with it."""


def notifier_state(notifier: Notifier | None, now_ms: int) -> Literal["runs", "away", "never"]:
    """Whether a notifier runs."""
    if notifier is None:
        return "never"
    return "runs" if now_ms - notifier.seen_ms <= AWAY_MS else "away"


def message(delivery: Delivery) -> Message:
    """A message as it is answered."""
    return Message(
        id=delivery.id,
        channel=delivery.channel,
        settled_at=moment(delivery.settled_ms),
        state=delivery.state,
        since=moment(delivery.since_ms),
        groups_count=delivery.groups,
        groups=[_group(each) for each in delivery.gists],
        problem=delivery.problem or None,
        again_at=moment_or_none(delivery.again_ms),
        customer=delivery.customer,
    )


def _group(gist: Gist) -> MessageGroup:
    return MessageGroup(
        kind=gist.kind,
        why=gist.why,
        rule=gist.rule,
        severity=gist.severity,
        subject=gist.subject,
        alerts=gist.alerts,
        alerts_open=gist.alerts_open,
        homes_out=gist.homes_out,
        alert_ids=list(gist.alert_ids),
    )


def rule(said: deliveries.Rule) -> Rule:
    """A rule as it is answered."""
    return Rule.model_validate(asdict(said))


def channel(name: str, notifier: Notifier, now: ChannelNow, now_ms: int) -> Channel:
    """A channel as it is answered.

    Args:
        notifier: What one has read of it.
    """
    said, customers = notifier.channels[name], notifier.customers
    for_customers = customers is not None and name in customers.channels
    return Channel(
        name=name,
        type=said.type,
        language=said.language,
        zone=said.zone,
        max_per_hour=customers.max_per_hour
        if customers is not None and for_customers
        else said.max_per_hour,
        last_hour=sum(now_ms - each < HOUR_MS for each in now.singles_ms),
        last_digest_at=moment_or_none(now.digest_ms),
        storm_since=moment_or_none(now.storm_ms),
        on_its_way=None if now.sending is None else message(now.sending),
        problem=now.problem or None,
        for_customers=for_customers,
        waiting=now.waiting,
    )


def silence_now(silence: Silence) -> SilenceNow:
    """A silence as it is answered."""
    return SilenceNow(
        id=silence.id,
        who=silence.who,
        asked_at=moment(silence.at_ms),
        why=silence.why,
        begins_at=moment(silence.from_ms),
        ends_at=moment(silence.until_ms),
        kind=silence.kind,
        area=silence.area,
        subject=silence.subject,
        incident=silence.incident,
    )
