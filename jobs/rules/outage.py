"""Homes of a feeder that fall silent together: `outage`; and those that are silent by themselves.

An outage is found as `jobs.rules.finding` says, the whole feeder or a part of it, and goes on as
`jobs.rules.affected` says. Whoever stays away when it is over is told of as silent
(`jobs.rules.silence`).

There is one open outage on a feeder: one that grows from a part to the whole is the same.
"""

from msgspec import Struct
from msgspec.structs import replace

from contracts.alerts import Alert, State
from contracts.facts import FeederSlice
from jobs.rules import book, silence
from jobs.rules.affected import RESTORED, Outage, away, begun, counted, followed, over
from jobs.rules.look import Look
from jobs.rules.outage_alert import alert_of, told_of
from jobs.rules.outage_numbers import OutageNumbers, SilenceNumbers
from jobs.rules.rule import Rule
from jobs.rules.silence import Silences
from jobs.rules.versions import is_due


class Feeder(Struct, frozen=True):
    """What is open on a feeder."""

    at_ms: int = -1
    """Event time of the last fact."""
    outage: Outage | None = None
    silences: Silences = {}


def step(state: Feeder, fact: FeederSlice, rules: book.Rules) -> tuple[Feeder, list[Alert]]:
    """What is open after a fact, and the versions of alerts that it makes.

    A fact that is not after the last one is a repeat, and changes nothing.
    """
    if fact.at_ms <= state.at_ms:
        return state, []
    look = Look.at(fact)
    silences, alerts = silence.followed(state.silences, look, rules)
    if state.outage is None:
        outage = begun(look, silences, rules.of(OutageNumbers))
    else:
        outage = followed(state.outage, look, silences, rules.of(OutageNumbers))
    if outage is None:
        silences, said = silence.begun(silences, look, rules)
        return Feeder(fact.at_ms, None, silences), [*alerts, *said]

    silences, said = silence.absorbed(silences, outage.homes, look, rules, outage.id)
    alerts += said
    outage, alert = _told(counted(outage, look, rules.of(OutageNumbers)), look, rules)
    if alert is None or alert.state != "closed":
        return Feeder(fact.at_ms, outage, silences), [*alerts, *filter(None, [alert])]
    left = away(outage, look) if alert.reason == RESTORED else []
    silences, said = silence.left_behind(silences, left, look, rules, outage.id)
    return Feeder(fact.at_ms, None, silences), [*alerts, alert, *said]


def _told(outage: Outage, look: Look, rules: book.Rules) -> tuple[Outage, Alert | None]:
    """With the version that the fact makes, if it makes one."""
    before = outage.told
    reason = over(outage, look, rules.of(OutageNumbers)) if before is not None else None
    now = told_of(outage, look, rules.of(OutageNumbers), over=reason is not None)
    state: State
    if before is None:
        state = "opened"
    elif reason is not None:
        state = "closed"
    elif is_due(before, now, rules.updates):
        state = "updated"
    else:
        return outage, None
    outage = replace(outage, told=now)
    return outage, alert_of(outage, now, state, reason, rules)


RULE = Rule("outage", FeederSlice, Feeder, (OutageNumbers, SilenceNumbers), step)
