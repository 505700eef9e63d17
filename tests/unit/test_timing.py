"""No test with made-up examples fails because the machine is busy."""

import re

from hypothesis import HealthCheck, settings

from contracts.settings import PROJECT


def test_no_example_is_too_slow() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None
    assert HealthCheck.too_slow in settings.default.suppress_health_check


def test_no_test_asks_for_less() -> None:
    for path in (PROJECT / "tests").rglob("test_*.py"):
        text = path.read_text()
        given = re.findall(r"deadline=(?!None)\S+", text)
        assert path.name == "test_timing.py" or not given, f"{path} sets a deadline: leave it out"
        for suppressed in re.findall(r"suppress_health_check=\[[^]]*\]", text):
            assert "too_slow" in suppressed, f"{path} lets examples be too slow: name too_slow, too"
