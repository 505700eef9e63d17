"""Rules say what they are to: Prometheus' own tool runs a case of each, and each has a runbook."""

import shutil
import subprocess

import pytest
import yaml

from contracts.settings import PROJECT
from tests.support.watched import CASES, FOLDER, RULES, rules
from tests.unit.test_docs import anchors

WITH_PROMTOOL = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="Prometheus is not installed"
)
ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )


@WITH_PROMTOOL
def test_the_cases_come_out_as_they_say() -> None:
    checked, tested = promtool("check", "rules", RULES.name), promtool("test", "rules", CASES.name)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    cases = yaml.safe_load(CASES.read_text())["tests"]
    told = [each for case in cases for each in case["alert_rule_test"]]

    fires = {each["alertname"] for each in told if each.get("exp_alerts")}
    is_quiet = {each["alertname"] for each in told if not each.get("exp_alerts")}
    assert fires == is_quiet == ALERTS.keys()


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_whom_it_wakes_and_what_is_to_be_done(name: str) -> None:
    rule = ALERTS[name]

    assert rule["labels"]["severity"] in ("page", "ticket")
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor in anchors(PROJECT / page), rule["annotations"]["runbook"]
