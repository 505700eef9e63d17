"""How long it takes from an alert to its message: the whole of it without the stack, in small."""

import pytest
from confluent_kafka import Producer
from rich.console import Console

from benchmarks.latency import spread
from benchmarks.notify_latency import Heard, Outcome, Plan, Written, measure, outcome_of, table
from contracts.alerts import KINDS
from contracts.topics import alert_notes, alerts, notifications, notify_requests
from tests.support.played_broker import played_broker

T = 1_764_400_000_000


def test_of_each_kind_all_alerts_are_told_once() -> None:
    with played_broker() as played:
        settings = played.model_copy(
            update={
                "namespace": "bench_notify",
                "redis": played.redis.model_copy(update={"url": "redis://127.0.0.1:1/0"}),
            }
        )
        producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
        for topic_of in (alerts, alert_notes, notify_requests, notifications):
            producer.produce(topic_of(settings).name, None, b"read nothing", 0)
        assert producer.flush(60) == 0
        plan = Plan(each=1, per_s=50, meters=0)
        found = measure(settings, plan, lambda: None, Console(quiet=True))

    by_kind = {kind: its.samples for kind, its in found.waits.items()}
    assert by_kind.pop("all") == len(KINDS)
    assert by_kind == dict.fromkeys(KINDS, 1)
    assert (found.missing, found.doubles) == (0, 0)


def test_what_never_came_counts_as_a_day() -> None:
    written = {"a": Written("outage", T), "b": Written("outage", T + 1_000)}
    heard = Heard({"a": T + 250}, ["m", "m"])

    found = outcome_of(Plan(1, 1, 0), written, heard)

    assert found.waits["all"] == found.waits["outage"]
    assert found.waits["outage"].p50_s == pytest.approx((0.25 + 86_400) / 2)
    assert (found.missing, found.doubles) == (1, 1)
    assert "overload" not in found.waits


def test_no_channel_gets_more_than_it_takes() -> None:
    for each in (1, 9, 20, 100):
        plan = Plan(each, 1, 0)
        assert plan.channels * 9 >= each * len(KINDS) > (plan.channels - 1) * 9


def test_few_have_no_percentile_that_says_anything() -> None:
    some = spread([(T, T + 100)] * 99)
    many = spread([(T, T + 100)] * 100)
    assert some is not None and many is not None
    shown = Console(width=80, record=True, quiet=False)
    with shown.capture() as captured:
        shown.print(table(Outcome(Plan(1, 1, 0), {"all": many, "outage": some}, 0, 0)))

    rows = [line.split() for line in captured.get().splitlines()]
    assert ["all", "100", "0.10", "0.10"] in rows
    assert ["outage", "99", "0.10", "few"] in rows
