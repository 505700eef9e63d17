"""Reads the topics of facts and of alerts: of each what the oracle says something of."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import orjson
from confluent_kafka import Message
from msgspec import Struct

from contracts.alerts import Alert
from contracts.facts import FeederDay, FeederMinute, FeederSlice, JudgedHour, MeterHour
from contracts.settings import Settings
from contracts.topics import Topic, alerts, facts
from verification.errors import VerificationError
from verification.oracle.detection.alerts import KINDS
from verification.rows import (
    AlertKey,
    AlertVersion,
    BackMeter,
    DayFact,
    DayOfMeter,
    FactKey,
    FactRow,
    FeederFact,
    FeederMinuteFact,
    HourFact,
    JudgedFact,
    MissedMeter,
)
from verification.stores.topic import read_topic
from verification.stores.values import values_of

Row = TypeVar("Row")


class MalformedRecordError(VerificationError):
    """A record of a topic is not what its contract says."""


class Facts(NamedTuple):
    """Those of a subject in the topic's order; some come twice."""

    feeders: list[tuple[FactKey, FeederFact]]
    feeder_minutes: list[tuple[FactKey, FeederMinuteFact]]
    meter_hours: list[tuple[FactKey, HourFact]]
    judged_hours: list[tuple[FactKey, JudgedFact]]
    feeder_days: list[tuple[FactKey, DayFact]]


def read_facts(settings: Settings) -> Facts:
    """The facts of the kinds of which the oracle says something.

    Raises:
        MalformedRecordError: a record is no fact.
        confluent_kafka.KafkaException: the broker does not answer, or there is no such topic.
        TimeoutError: a record does not come.
    """
    found = Facts([], [], [], [], [])
    for key, row in _rows(settings, facts(settings), fact_row):
        match row:
            case FeederFact():
                found.feeders.append((key, row))
            case FeederMinuteFact():
                found.feeder_minutes.append((key, row))
            case HourFact():
                found.meter_hours.append((key, row))
            case JudgedFact():
                found.judged_hours.append((key, row))
            case DayFact():
                found.feeder_days.append((key, row))
    return found


def read_alerts(settings: Settings) -> list[tuple[AlertKey, AlertVersion]]:
    """The versions of alerts of KINDS, those of one alert in the topic's order; some come twice.

    Raises:
        MalformedRecordError: a record is no alert.
        confluent_kafka.KafkaException, TimeoutError: as `read_facts`.
    """
    return list(_rows(settings, alerts(settings), alert_version))


def fact_row(text: bytes) -> tuple[FactKey, FactRow] | None:
    """A fact by its subject and time; None of a kind of which the oracle says nothing.

    Raises:
        ValueError, TypeError, AttributeError, KeyError: it is no fact.
    """
    said = orjson.loads(text)
    kind = said.pop("kind")
    if kind not in _ROWS:
        return None
    contract, row_of = _ROWS[kind]
    values = values_of(said, contract)
    key = values.pop("subject"), values.pop("at_ms")
    return key, row_of(values)


def _feeder_fact(values: dict[str, Any]) -> FeederFact:
    values["missed"] = tuple(MissedMeter(*each) for each in values["missed"])
    values["returned"] = tuple(BackMeter(*each) for each in values["returned"])
    return FeederFact(**values)


def _feeder_minute_fact(values: dict[str, Any]) -> FeederMinuteFact:
    return FeederMinuteFact(**values)


def _hour_fact(values: dict[str, Any]) -> HourFact:
    return HourFact(**values)


def _judged_fact(values: dict[str, Any]) -> JudgedFact:
    return JudgedFact(**values)


def _day_fact(values: dict[str, Any]) -> DayFact:
    values["supply"] = _day_of(values["supply"])
    values["meters"] = tuple(map(_day_of, values["meters"]))
    return DayFact(**values)


def _day_of(said: Sequence[Any]) -> DayOfMeter:
    meter_id, gained_wh = said
    return DayOfMeter(meter_id, tuple(gained_wh))


_ROWS: dict[str, tuple[type[Struct], Callable[[dict[str, Any]], FactRow]]] = {
    FeederSlice.kind: (FeederSlice, _feeder_fact),
    FeederMinute.kind: (FeederMinute, _feeder_minute_fact),
    MeterHour.kind: (MeterHour, _hour_fact),
    JudgedHour.kind: (JudgedHour, _judged_fact),
    FeederDay.kind: (FeederDay, _day_fact),
}
"""What a fact of each kind has, and how it is a row."""


def alert_version(text: bytes) -> tuple[AlertKey, AlertVersion] | None:
    """A version of an alert by its id and number; None of a kind that is not among KINDS.

    Raises:
        ValueError, TypeError, AttributeError, KeyError: it is no alert.
    """
    said = orjson.loads(text)
    if said["kind"] not in KINDS:
        return None
    values = values_of(said, Alert)
    key = values.pop("id"), values.pop("version")
    evidence = values.pop("evidence")
    if not evidence["text"]:
        values["other_fields"] = (*values["other_fields"], "no evidence.text")
    values["rule"] = evidence["rule"]
    values["numbers"] = tuple(sorted(evidence["numbers"].items()))
    values["homes"] = tuple(values["homes"])
    # What other rules add to an alert says nothing of these.
    return key, AlertVersion(**{name: values[name] for name in AlertVersion._fields})


def _rows(settings: Settings, topic: Topic, row_of: Callable[[bytes], Row | None]) -> Iterator[Row]:
    for message in read_topic(settings, topic):
        value = message.value()
        if value is not None and (row := _row(message, value, row_of)) is not None:
            yield row


def _row(message: Message, value: bytes, row_of: Callable[[bytes], Row | None]) -> Row | None:
    try:
        return row_of(value)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise MalformedRecordError(
            f"{message.topic()} partition {message.partition()} offset {message.offset()} is not "
            f"what contracts/README.md says: {error!r}; see who else writes this topic"
        ) from error
