"""Reads the topics of facts and of alerts: of each what the oracle says something of."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import orjson
from confluent_kafka import Message

from contracts.alerts import Alert
from contracts.facts import FeederSlice
from contracts.settings import Settings
from contracts.topics import Topic, alerts, facts
from verification.errors import VerificationError
from verification.oracle.detection.alerts import KINDS
from verification.rows import (
    AlertKey,
    AlertVersion,
    BackMeter,
    FactKey,
    FeederFact,
    MissedMeter,
)
from verification.stores.topic import read_topic
from verification.stores.values import values_of

Row = TypeVar("Row")


class MalformedRecordError(VerificationError):
    """A record of a topic is not what its contract says."""


def read_facts(settings: Settings) -> list[tuple[FactKey, FeederFact]]:
    """The facts of feeders, those of one feeder in the topic's order; some come twice.

    Raises:
        MalformedRecordError: a record is no fact.
        confluent_kafka.KafkaException: the broker does not answer, or there is no such topic.
        TimeoutError: a record does not come.
    """
    return list(_rows(settings, facts(settings), feeder_fact))


def read_alerts(settings: Settings) -> list[tuple[AlertKey, AlertVersion]]:
    """The versions of alerts of KINDS, those of one alert in the topic's order; some come twice.

    Raises:
        MalformedRecordError: a record is no alert.
        confluent_kafka.KafkaException, TimeoutError: as `read_facts`.
    """
    return list(_rows(settings, alerts(settings), alert_version))


def feeder_fact(text: bytes) -> tuple[FactKey, FeederFact] | None:
    """A fact of a feeder by its subject and time; None of another kind.

    Raises:
        ValueError, TypeError, AttributeError, KeyError: it is no fact.
    """
    said = orjson.loads(text)
    if said.pop("kind") != FeederSlice.kind:
        return None
    values = values_of(said, FeederSlice)
    key = values.pop("subject"), values.pop("at_ms")
    values["missed"] = tuple(MissedMeter(*each) for each in values["missed"])
    values["returned"] = tuple(BackMeter(*each) for each in values["returned"])
    return key, FeederFact(**values)


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
