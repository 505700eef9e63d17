"""What a part says is told until it says otherwise; one that does not answer says nothing."""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from contracts.settings import Settings
from services.exporter.exporter import seen
from services.exporter.latest import Latest
from services.exporter.metrics import (
    ALERTS_OPEN,
    METRICS,
    PART_ANSWERS,
    PART_LOOKED,
    TOPIC_RECORDS,
    Sample,
)


class Part:
    """One that says something, and then fails."""

    name = "part"

    def __init__(self, *samples: Sample, error: Exception | None = None) -> None:
        self._samples, self._error = samples, error

    def look(self, _: Sequence[Settings]) -> Iterable[Sample]:
        yield from self._samples
        if self._error is not None:
            raise self._error


def told(latest: Latest) -> dict[str, dict[str, float]]:
    """Values by the names that Prometheus reads, and by the labels in the order of their names."""
    registry = CollectorRegistry()
    registry.register(latest)
    return {
        family.name: {
            " ".join(each.labels[name] for name in sorted(each.labels)): each.value
            for each in family.samples
        }
        for family in text_string_to_metric_families(generate_latest(registry).decode())
    }


def test_every_metric_is_named_once_and_known_before_anything_is() -> None:
    names = [each.name for each in METRICS]

    assert len(set(names)) == len(names)
    assert told(Latest()) == {name: {} for name in names}


def test_what_a_part_says_is_told_until_it_says_otherwise() -> None:
    latest = Latest()
    latest.put("redis", [ALERTS_OPEN.of(3, "n", "outage", "major")])
    latest.put("kafka", [TOPIC_RECORDS.of(7, "n", "facts")])
    latest.put("redis", [ALERTS_OPEN.of(1, "m", "outage", "major")])

    found = told(latest)
    assert found["wattstream_alerts_open"] == {"outage m major": 1}
    assert found["wattstream_topic_records"] == {"n facts": 7}


def test_of_a_part_that_answers_it_is_told_what_it_said_and_when() -> None:
    sample = TOPIC_RECORDS.of(7, "n", "facts")

    samples, problem = seen(Part(sample), [])

    assert problem == ""
    assert sample in samples
    assert PART_ANSWERS.of(1, "part") in samples
    assert PART_LOOKED in [each.metric for each in samples]


def test_of_a_part_that_does_not_answer_nothing_is_told_but_that() -> None:
    samples, problem = seen(Part(TOPIC_RECORDS.of(7, "n", "facts"), error=OSError("away")), [])

    assert problem == "away"
    assert [each.metric for each in samples] == [PART_ANSWERS, PART_LOOKED]
    assert samples[0] == PART_ANSWERS.of(0, "part")


def test_an_error_without_words_is_named() -> None:
    assert seen(Part(error=TimeoutError()), [])[1] == "TimeoutError"
