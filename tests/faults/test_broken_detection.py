"""Builds that break what detection promises are found by the tests of their parts, without a stack:
part of `make proof`."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import redis

from adapters import redis_alerts
from contracts.settings import PROJECT, without_settings
from infra.prerequisites import require_java_home
from tests.support.broken import Break, break_in, copy_of_python, failed, is_there, of_name
from tests.support.redis_server import redis_server
from tests.unit.adapters import test_redis_alerts

SOURCES = Path("jobs", "java", "readings", "src")
LEDGER = SOURCES / "main/java/io/wattstream/readings/ledger"
LEDGER_TESTS = SOURCES / "test/java/io/wattstream/readings/ledger"
RULES = Path("jobs", "rules")
UNIT = "tests/unit"
RULES_UNIT = f"{UNIT}/jobs/rules"


JAVA = [
    Break(
        "life-by-on-time-readings",
        LEDGER / "Meters.java",
        "state.life.hear(tsMs, late.seq(word), lagMs, cadenceMs);",
        "",
        "WrongClocksTest#whoIsSilentIsFoundAndNobodyElse",
    ),
    Break(
        "life-by-the-meters-clock",
        LEDGER / "Life.java",
        "return lagMicros == NO_LAG ? tsMs : tsMs + Math.floorDiv(lagMicros, MICROS);",
        "return tsMs;",
        "WrongClocksTest#whoIsSilentIsFoundAndNobodyElse",
    ),
    Break(
        "ages-by-the-watermark",
        LEDGER / "PartitionClocks.java",
        "return untilMs - sinceMs - clock.stoodMs(sinceMs, untilMs);",
        "return nowMs - sinceMs;",
        "FeederFactsTest#metersOfAWriterThatIsGoneDoNotAge",
    ),
    Break(
        "gained-with-what-came-after",
        LEDGER / "Returned.java",
        "Math.max(0, step - energy(firstDemand, cadenceMs))",
        "Math.max(0, step)",
        "FeederFactsTest#aFeederThatIsDarkAndComesBack",
    ),
    Break(
        "gasps-that-wait-for-the-reading",
        LEDGER / "Life.java",
        "return level == IN_TIME && isLost ? MISSED : level;",
        "return level;",
        "FeederFactsTest#whoLosesPowerIsMissedAtOnce",
    ),
    Break(
        "nobody-without-a-feeder",
        LEDGER / "Meters.java",
        "return hasArea ? names.ofArea(area()) : state.feeder;",
        "return state.feeder;",
        "AreaFactsTest#aMeterThatFallsSilentIsMissedInItsArea",
    ),
]

AT = """\
    if fact.at_ms <= state.at_ms:
        return state, []
"""
"""By which a rule tells a fact that is said again."""

SAID_AGAIN = {
    "outage": "test_a_fact_said_again_changes_nothing",
    "repeated_outage": "test_a_fact_said_again_changes_nothing",
    "overload": "test_a_fact_said_again_changes_nothing",
    "voltage": "test_a_fact_said_again_changes_nothing",
    "feeder_loss": "test_a_fact_said_again_changes_nothing",
    "stuck_register": "test_a_repeat_changes_nothing",
    "register_back": "test_a_repeat_changes_nothing",
    "use_while_off": "test_a_repeat_changes_nothing",
    "unusual_use": "test_a_repeat_changes_nothing",
    "zero_use": "test_a_repeat_changes_nothing",
}
"""By the rule, what finds that it does not."""

PYTHON = [
    Break(
        "onset-by-the-earliest-life",
        RULES / "finding.py",
        "onset_ms = max(each.life_ms for each in at_once)",
        "onset_ms = min(each.life_ms for each in at_once)",
        f"{RULES_UNIT}/test_outage.py::"
        "test_five_homes_that_fall_silent_at_once_are_a_part_of_a_feeder",
    ),
    Break(
        "each-change-of-a-cause-at-once",
        RULES / "versions.py",
        "now.cause not in before.told_causes",
        "now.cause != before.cause",
        f"{RULES_UNIT}/test_versions.py::test_what_goes_to_and_fro_is_told_once_a_minute",
    ),
    Break(
        "incomplete-days-in-the-cusum",
        RULES / "feeder_loss.py",
        "covered = round(balance.covered * 100, COVERED_DIGITS) >= numbers.covered_percent",
        "covered = True",
        f"{RULES_UNIT}/test_feeder_loss.py::test_a_day_of_which_too_little_is_known_does_not_count",
    ),
    Break(
        "model-by-the-clock-on-the-wall",
        Path("detection", "unusual", "versions.py"),
        'np.searchsorted(begins, hours_ms, side="right")',
        'np.searchsorted(begins, hours_ms * 0 + datetime.now(UTC).timestamp() * 1_000, "right")',
        f"{UNIT}/detection/unusual/test_models.py::"
        "test_an_hour_is_judged_by_the_version_of_its_time",
    ),
    *(
        Break(
            f"said-again-{rule}",
            RULES / f"{rule}.py",
            AT,
            "",
            f"{RULES_UNIT}/test_{rule}.py::{found_by}",
        )
        for rule, found_by in SAID_AGAIN.items()
    ),
]

COMPARED = "held and cjson.decode(held).version >= alert.version"
"""In Redis: whether what stands there is as high."""


def test_each_rule_that_tells_what_is_said_again_is_broken() -> None:
    telling = {
        path.stem for path in (PROJECT / RULES).glob("*.py") if path.read_text().count(AT) == 1
    }
    assert telling == SAID_AGAIN.keys()


@of_name([*JAVA, *PYTHON])
def test_what_is_broken_on_purpose_is_there(given: Break) -> None:
    file, _, _ = re.split("(::|#)", given.found_by)
    assert is_there(given, PROJECT / (LEDGER_TESTS / f"{file}.java" if given in JAVA else file))


def test_redis_compares_versions_once() -> None:
    assert redis_alerts.SCRIPT.count(COMPARED) == 1


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A copy of what is Python, with its tests."""
    return copy_of_python(tmp_path)


@pytest.mark.proof
def test_rules_that_are_not_broken_pass(python: Path) -> None:
    assert failed(python, *(each.found_by for each in PYTHON)) == set()


@pytest.mark.proof
@of_name(PYTHON)
def test_a_broken_rule_is_found(python: Path, given: Break) -> None:
    break_in(python, given)

    assert failed(python, given.found_by) == {given.found_by.partition("::")[2]}


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is Java, with what is built of it."""
    folder = tmp_path_factory.mktemp("java")
    shutil.copytree(PROJECT / "jobs" / "java", folder / "jobs" / "java")
    return folder


def failures(folder: Path, *tests: str) -> int:
    """How many of the tests in Java fail in a copy; all of them ran."""
    reports = folder / "jobs" / "java" / "readings" / "target" / "surefire-reports"
    shutil.rmtree(reports, ignore_errors=True)
    methods: dict[str, set[str]] = {}
    for test in tests:
        name, _, method = test.partition("#")
        methods.setdefault(name, set()).add(method)
    chosen = ",".join(f"{name}#{'+'.join(sorted(each))}" for name, each in methods.items())
    run = subprocess.run(
        [
            *("mvn", "-B", "-ntp", "-q", "-f", str(folder / "jobs" / "java" / "pom.xml")),
            *("-pl", "readings", f"-Dtest={chosen}", "test"),
        ],
        env={**without_settings(os.environ), "JAVA_HOME": str(require_java_home())},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    suites = [ElementTree.parse(path).getroot() for path in reports.glob("TEST-*.xml")]
    assert len(suites) == len(methods), run.stdout + run.stderr
    assert all(int(each.get("tests", "0")) >= len(set(tests)) / len(suites) for each in suites)
    return sum(int(each.get("failures", "0")) for each in suites)


@pytest.mark.proof
def test_a_ledger_that_is_not_broken_passes(java: Path) -> None:
    assert failures(java, *(each.found_by for each in JAVA)) == 0


@pytest.mark.proof
@of_name(JAVA)
def test_a_broken_ledger_is_found(java: Path, given: Break) -> None:
    before = (java / given.file).read_text()
    break_in(java, given)
    try:
        assert failures(java, given.found_by) > 0
    finally:
        (java / given.file).write_text(before)


@pytest.fixture
def own_redis() -> Iterator["redis.Redis"]:
    """A client of a server of its own."""
    with (
        redis_server() as url,
        redis.Redis.from_url(url, decode_responses=True) as client,
    ):
        yield client


@pytest.mark.proof
def test_versions_that_redis_does_not_compare_are_found(
    own_redis: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    finds = test_redis_alerts.test_a_version_gives_way_to_a_higher_one_only
    finds(own_redis)
    own_redis.flushall()

    broken = redis_alerts.SCRIPT.replace(COMPARED, "false")
    monkeypatch.setattr(redis_alerts, "SCRIPT", broken)
    with pytest.raises(AssertionError):
        finds(own_redis)
