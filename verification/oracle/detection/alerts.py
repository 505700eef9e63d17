"""The alerts that facts make, by the rules told once more.

Facts are those that the oracle has made of the log. Slices and days of a feeder are gone through in
their order, since what is open decides what a fact means; minutes are looked at all at once, and in
the hours of a meter it is looked for what opens an alert and what closes it.

Where numbers of which the last digits depend on the order of sums come too near to a limit, nothing
is said of their subject.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import numpy as np

from contracts.facts import SILENT_LONG
from verification.oracle.detection.fallen import registers_back
from verification.oracle.detection.hourly import Hour, numbered
from verification.oracle.detection.in_a_row import Minutes
from verification.oracle.detection.judged import Judged
from verification.oracle.detection.losses import Losses
from verification.oracle.detection.off import uses_while_off
from verification.oracle.detection.outages import RESTORED, begun, count, goes_on, left, over, told
from verification.oracle.detection.overloads import overloads
from verification.oracle.detection.repeats import repeated
from verification.oracle.detection.rules import Rules
from verification.oracle.detection.sight import Sight
from verification.oracle.detection.silences import (
    Silent,
    Told,
    explained,
    fallen_silent,
    still_silent,
)
from verification.oracle.detection.stuck import stuck_registers
from verification.oracle.detection.unusual import JudgedHour, unusual_uses
from verification.oracle.detection.voltages import voltages
from verification.oracle.detection.zero import zero_uses
from verification.rows import (
    AlertKey,
    AlertVersion,
    DayFact,
    FactKey,
    FeederFact,
    FeederMinuteFact,
    HourFact,
)

KINDS = (
    *("outage", "meter_silent", "repeated_outage"),
    *("overload", "voltage_low", "voltage_high"),
    *("stuck_register", "register_back", "use_while_off", "zero_use"),
    *("unusual_use", "feeder_loss"),
)
"""Those of the alerts that are said here; of others nothing is known."""

Subject = tuple[str, str]
"""Of alerts: kind and subject."""


def feeder_alerts(
    facts: Mapping[FactKey, FeederFact], rules: Rules
) -> dict[AlertKey, AlertVersion]:
    """Every version of every alert that slices of feeders make."""
    alerts: dict[AlertKey, AlertVersion] = {}
    for feeder, of_feeder in groupby(sorted(facts.items()), key=lambda item: item[0][0]):
        sights = [Sight(at_ms, fact) for (_, at_ms), fact in of_feeder]
        alerts.update(_outages(feeder, sights, rules))
        alerts.update(repeated(feeder, sights, rules))
    return alerts


def minute_alerts(
    facts: Mapping[FactKey, FeederMinuteFact], rules: Rules
) -> dict[AlertKey, AlertVersion]:
    """Every version of every alert that minutes of feeders make."""
    alerts: dict[AlertKey, AlertVersion] = {}
    for feeder, of_feeder in groupby(sorted(facts.items()), key=lambda item: item[0][0]):
        keys, said = zip(*of_feeder, strict=True)
        minutes = Minutes(feeder, said, np.array([at_ms for _, at_ms in keys], dtype=np.int64))
        alerts.update(overloads(minutes, rules))
        alerts.update(voltages(minutes, rules))
    return alerts


def register_alerts(
    facts: Mapping[FactKey, HourFact], rules: Rules
) -> dict[AlertKey, AlertVersion]:
    """Every version of every alert of a register or of no use, of hours of meters."""
    alerts: dict[AlertKey, AlertVersion] = {}
    for _, of_meter in groupby(sorted(facts.items()), key=lambda item: item[0][0]):
        hours = [Hour(*key, fact) for key, fact in of_meter]
        for versions in (
            *stuck_registers(hours, rules.stuck_register),
            *registers_back(hours, rules.register_back),
            *uses_while_off(hours, rules.use_while_off),
            *zero_uses(hours, rules.zero_use),
        ):
            alerts.update(numbered(versions, rules.version))
    return alerts


def use_alerts(
    facts: Mapping[FactKey, Judged], rules: Rules
) -> tuple[dict[AlertKey, AlertVersion], set[Subject]]:
    """Every version of every alert of unusual use, and of whose alerts nothing can be said."""
    alerts: dict[AlertKey, AlertVersion] = {}
    undecided: set[Subject] = set()
    for meter_id, of_meter in groupby(sorted(facts.items()), key=lambda item: item[0][0]):
        judged = list(of_meter)
        if not all(each.is_decided for _, each in judged):
            undecided.add(("unusual_use", meter_id))
            continue
        hours = [JudgedHour(*key, each.rows[0]) for key, each in judged]
        for versions in unusual_uses(hours, rules.unusual_use):
            alerts.update(numbered(versions, rules.version))
    return alerts, undecided


def loss_alerts(
    facts: Mapping[FactKey, DayFact], rules: Rules
) -> tuple[dict[AlertKey, AlertVersion], set[Subject]]:
    """Every version of every alert of a loss, and of whose alerts nothing can be said."""
    alerts: dict[AlertKey, AlertVersion] = {}
    undecided: set[Subject] = set()
    for feeder, of_feeder in groupby(sorted(facts.items()), key=lambda item: item[0][0]):
        losses = Losses(feeder, rules.feeder_loss, rules.version)
        told = [version for (_, at_ms), fact in of_feeder for version in losses.day(at_ms, fact)]
        if losses.is_decided:
            alerts.update(told)
        else:
            undecided.add(("feeder_loss", feeder))
    return alerts, undecided


def _outages(feeder: str, facts: Iterable[Sight], rules: Rules) -> Iterator[Told]:
    silent: dict[str, Silent] = {}
    outage = None
    for sight in facts:
        yield from still_silent(silent, sight, rules)
        if outage is None:
            outage = begun(feeder, sight, silent, rules.outage)
        else:
            goes_on(outage, sight, silent, rules.outage)
        if outage is None:
            alone = [
                each
                for each in sight.fact.missed
                if each.stands == SILENT_LONG
                and each.meter_id not in silent
                and sight.at_ms <= each.life_ms + rules.silence.gone_after_ms
            ]
            yield from fallen_silent(silent, alone, sight, rules, None)
            continue
        yield from explained(silent, outage.homes, sight, rules, outage.id)
        count(outage, sight, rules.outage)
        reason = over(outage, sight, rules.outage) if outage.versions else None
        version = told(outage, sight, rules, reason)
        if version is not None:
            yield version
        if reason is not None:
            stay = left(outage, sight) if reason == RESTORED else []
            yield from fallen_silent(silent, stay, sight, rules, outage.id)
            outage = None
