"""`wattstream alerts` as an operator meets it."""

import os
import signal
import subprocess
from collections.abc import Iterator

import msgspec
import pytest
from confluent_kafka import Producer

from adapters.alert_feed import kept_alerts
from adapters.connect import kafka_config, redis_client
from adapters.note_topic import kept_notes
from adapters.redis_alerts import write_alerts
from adapters.redis_notes import write_notes
from contracts.alerts import Alert
from contracts.errors import OperationError
from contracts.incidents import Incident, incidents
from contracts.notes import Note
from contracts.settings import Settings
from contracts.topics import alerts
from infra.provision import erase, provision
from tests.integration.test_cli import COMMAND, assert_fails, wattstream
from tests.support.alerts import an_alert

NAMESPACE = "test_alerts_command"
OUTAGE, SILENT = an_alert(), an_alert("meter_silent", "sim-e-000000008", severity="notice")


@pytest.fixture(scope="module")
def made(stack: Settings) -> Iterator[Settings]:
    """A namespace of which no store knows anything yet."""
    settings = stack.model_copy(update={"namespace": NAMESPACE})
    erase(settings)
    provision(settings)
    yield settings
    erase(settings)


@pytest.fixture(scope="module")
def known(made: Settings) -> Settings:
    """It has two alerts in Redis and none in Cassandra."""
    with redis_client(made.redis) as client:
        write_alerts(client, NAMESPACE, [SILENT, OUTAGE])
    return made


@pytest.mark.usefixtures("made")
def test_where_there_is_none_it_says_so() -> None:
    outcome = wattstream("alerts", "-n", NAMESPACE)

    assert outcome.stdout.startswith(f"No alert in namespace {NAMESPACE}: none is open")
    assert outcome.returncode == 0
    assert wattstream("alerts", "-n", NAMESPACE, "--json").stdout == ""


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("of", [(), ("--json",), ("incidents",), ("show", OUTAGE.id)])
def test_a_namespace_that_is_not_there_is_no_empty_one(of: tuple[str, ...]) -> None:
    outcome = wattstream("alerts", *of, "-n", "nothing_here")

    assert_fails(outcome, 1, "no namespace nothing_here", NAMESPACE, "submit -n nothing_here")


@pytest.mark.usefixtures("known")
def test_the_severest_stands_first_and_one_kind_can_be_asked_for() -> None:
    listed = wattstream("alerts", "-n", NAMESPACE)
    as_json = wattstream("alerts", "-n", NAMESPACE, "--json", "--kind", "meter_silent")

    assert listed.stdout.startswith("2 open, 0 closed in the last day")
    assert listed.stdout.index(OUTAGE.id) < listed.stdout.index(SILENT.id)
    assert msgspec.json.decode(as_json.stdout, type=Alert) == SILENT


@pytest.mark.usefixtures("known")
def test_one_is_shown_with_what_is_known_of_it() -> None:
    shown = wattstream("alerts", "show", OUTAGE.id, "-n", NAMESPACE)

    assert OUTAGE.id in shown.stdout
    assert OUTAGE.evidence.text in shown.stdout
    assert shown.returncode == 0
    missing = wattstream("alerts", "show", "outage:none:1", "-n", NAMESPACE)
    assert_fails(missing, 1, "no alert outage:none:1 in namespace", NAMESPACE)


@pytest.mark.usefixtures("known")
def test_an_outage_alone_is_shown_as_an_incident_if_it_is_asked_for() -> None:
    listed = wattstream("alerts", "incidents", "-n", NAMESPACE)
    shown = wattstream("alerts", "incidents", OUTAGE.id, "-n", NAMESPACE)
    as_json = wattstream("alerts", "incidents", "-n", NAMESPACE, "--json")

    assert listed.stdout.startswith(f"No incident in namespace {NAMESPACE}: no outages near one")
    assert OUTAGE.evidence.text in shown.stdout
    assert [msgspec.json.decode(as_json.stdout, type=Incident)] == incidents([OUTAGE])
    missing = wattstream("alerts", "incidents", "outage:none:1", "-n", NAMESPACE)
    assert_fails(missing, 1, "no outage outage:none:1 in namespace", NAMESPACE)


def test_what_people_say_is_on_the_topic_and_shown_once_redis_has_it(known: Settings) -> None:
    of = ("-n", NAMESPACE)
    seen = wattstream("alerts", "acknowledge", SILENT.id, "--as", "ada", *of)
    heard = wattstream("alerts", "note", SILENT.id, "dog [red] :x:", *of, LOGNAME="grace")

    assert (seen.returncode, heard.returncode) == (0, 0)
    said = list(kept_notes(known))
    assert [(each.id, each.who, each.what, each.text) for each in said] == [
        (SILENT.id, "ada", "acknowledged", ""),
        (SILENT.id, "grace", "note", "dog [red] :x:"),
    ]
    with redis_client(known.redis) as client:
        write_notes(client, NAMESPACE, said)
    assert "acknowledged by ada, 1 note" in wattstream("alerts", *of).stdout
    shown = wattstream("alerts", "show", SILENT.id, *of).stdout
    assert "ada acknowledged it" in shown
    assert "dog [red] :x:" in shown
    as_json = wattstream("alerts", "show", SILENT.id, "--json", *of).stdout.splitlines()
    assert [msgspec.json.decode(each, type=Note) for each in as_json[1:]] == said


@pytest.mark.usefixtures("known")
def test_nothing_can_be_said_of_no_alert_nor_by_nobody() -> None:
    of = ("-n", NAMESPACE)
    missing = wattstream("alerts", "note", "outage:none:1", "a text", *of)
    assert_fails(missing, 1, "no alert outage:none:1 in namespace", NAMESPACE)
    nobody = wattstream("alerts", "acknowledge", SILENT.id, "--as", "", *of)
    assert_fails(nobody, 2, "who is '': give a name")
    nothing = wattstream("alerts", "note", SILENT.id, " ", *of)
    assert_fails(nothing, 2, "text is ' ': give what there is to be noted")


def test_what_is_no_id_is_refused() -> None:
    assert_fails(wattstream("alerts", "show", "sim-t-000143"), 2, "'sim-t-000143' is no id")


def test_an_option_before_show_is_refused() -> None:
    outcome = wattstream("alerts", "-n", NAMESPACE, "show", OUTAGE.id)

    assert_fails(outcome, 2, "before `show`")


@pytest.mark.usefixtures("stack")
def test_what_is_not_there_is_not_followed() -> None:
    outcome = wattstream("alerts", "--follow", "-n", "nothing_here")

    assert_fails(outcome, 1, "no namespace nothing_here", "wattstream submit")


def test_a_version_is_followed_as_it_comes_and_ctrl_c_ends_it(known: Settings) -> None:
    command = [str(COMMAND), "alerts", "--follow", "--json", "-n", NAMESPACE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ, text=True) as process:
        assert process.stdout is not None
        listed = [process.stdout.readline() for _ in range(2)]
        # What is listed is listed after the end of the topic was looked for.
        second = msgspec.structs.replace(OUTAGE, version=2, state="updated")
        producer = Producer(kafka_config(known))
        producer.produce(alerts(known).name, msgspec.json.encode(second), second.id.encode())
        assert producer.flush(120) == 0
        told = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0

    assert [msgspec.json.decode(each, type=Alert) for each in listed] == [OUTAGE, SILENT]
    assert msgspec.json.decode(told, type=Alert) == second


def test_a_record_that_is_no_alert_is_named(known: Settings) -> None:
    topic = alerts(known).name
    producer = Producer(kafka_config(known))
    producer.produce(topic, b"{}", b"no alert", partition=0)
    assert producer.flush(120) == 0

    named = rf"offset \d+ of partition 0 of {topic} is no alert: .*missing required field"
    with pytest.raises(OperationError, match=named):
        list(kept_alerts(known))
