"""What is wrong with the configuration is told completely, and by the right names."""

import pytest
from pydantic import ValidationError

from contracts.settings import Settings
from infra.configuration import problems, unknown_variables
from infra.local.processes import MARK
from infra.settings import StackSettings


def refusal(settings: type[Settings] | type[StackSettings], **values: object) -> ValidationError:
    """Why the values are refused."""
    with pytest.raises(ValidationError) as refused:
        settings.model_validate(values)
    return refused.value


def test_every_problem_is_told() -> None:
    told = problems(refusal(Settings, cassandra={"port": "19042x"}, on_time_ms=0))

    assert len(told) == 2
    assert told[0].startswith("WATTSTREAM_CASSANDRA_PORT is '19042x': ")
    assert told[1].startswith("WATTSTREAM_ON_TIME_MS is 0: ")


def test_a_variable_has_the_prefix_of_its_class() -> None:
    (told,) = problems(refusal(StackSettings, kafka_heap_mib=0))

    assert told.startswith("WATTSTREAM_STACK_KAFKA_HEAP_MIB is 0: ")


@pytest.mark.parametrize("name", ["BAD-NAME", "", "1st", "a" * 32, "name\n"])
def test_a_bad_namespace_is_told_with_the_rule_and_both_ways_to_give_it(name: str) -> None:
    assert problems(refusal(Settings, namespace=name)) == [
        f"namespace is {name!r}: a lower-case letter, then up to 30 of a-z, 0-9, _ "
        "(--namespace or WATTSTREAM_NAMESPACE)"
    ]


def test_values_that_do_not_fit_together_are_told_without_the_other_settings() -> None:
    error = refusal(Settings, slack_ms=5_000, on_time_ms=5_000, cassandra={"password": "secret"})

    (told,) = problems(error)

    assert told.startswith("slack_ms is 5000 and on_time_ms is 5000: ")
    assert "cassandra" not in told
    assert "secret" not in told


def test_settings_of_a_service_that_do_not_fit_together_are_told_without_its_secret() -> None:
    (told,) = problems(refusal(Settings, s3={"secret_key": "s3same"}))

    assert told.startswith("WATTSTREAM_S3_…: give both access_key and secret_key")
    assert "s3same" not in told


def test_a_clock_may_not_be_behind_where_a_reading_is_on_time() -> None:
    assert Settings(clock_behind_ms=2_400).clock_behind_ms == 2_400

    (told,) = problems(refusal(Settings, clock_behind_ms=2_399))

    assert told == (
        "clock_behind_ms is 2399: it would reject readings that are on time; set it to 2400 "
        "(on_time_ms - slack_ms) or more"
    )


def test_a_refused_address_is_told_without_its_password() -> None:
    (told,) = problems(refusal(Settings, redis={"url": "http://:secret@cache:6379"}))

    assert told == (
        "WATTSTREAM_REDIS_URL is 'http://cache:6379': "
        "give redis://HOST:PORT/DATABASE, or rediss:// for TLS"
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("WATTSTREAM_NAMESPCE", "WATTSTREAM_NAMESPCE; did you mean WATTSTREAM_NAMESPACE?"),
        (
            "wattstream_stack_kafka_heap",
            "WATTSTREAM_STACK_KAFKA_HEAP; did you mean WATTSTREAM_STACK_KAFKA_HEAP_MIB?",
        ),
        ("WATTSTREAM_Q", "WATTSTREAM_Q: unset it"),
    ],
)
def test_an_unknown_variable_is_told_with_the_nearest_setting(name: str, told: str) -> None:
    assert unknown_variables([name]) == [f"there is no setting {told}"]


def test_settings_and_other_programs_variables_are_known() -> None:
    names = ["WATTSTREAM_SLACK_MS", "wattstream_slack_ms", "WATTSTREAM_STACK_LOCAL_DIR", MARK]

    assert unknown_variables([*names, "PATH", "WATT"]) == []
    # A person chooses the names of channels' addresses.
    assert unknown_variables(["WATTSTREAM_NOTIFY_DUTY_MAIL"]) == []
