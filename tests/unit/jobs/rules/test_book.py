"""The rules are read as they are written, and what is wrong with them is named."""

from pathlib import Path

import pytest

from jobs.rules.all import read
from jobs.rules.book import PATH, RulesError
from jobs.rules.outage_numbers import OutageNumbers


def changed(folder: Path, before: str, after: str) -> Path:
    text = PATH.read_text()
    assert before in text
    path = folder / "rules.toml"
    path.write_text(text.replace(before, after, 1))
    return path


def test_rules_have_a_version_and_every_number() -> None:
    rules = read()

    assert rules.version
    assert (rules.of(OutageNumbers).due_homes, rules.of(OutageNumbers).at_once_percent) == (8, 10)
    assert rules.of(OutageNumbers).momentary_ms == 5 * 60_000
    assert rules.of(OutageNumbers).gone_after_ms == 30 * 86_400_000


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("due_homes = 8", "due_homes = 0", "outage.due_homes is 0: .* greater than or equal to 1"),
        ("due_homes = 8", 'due_homes = "8"', "outage.due_homes is '8': .* valid integer"),
        ("due_homes = 8", "", "outage.due_homes is missing"),
        ("due_homes = 8", "due_homes = 8\ndue = 1", "outage.due is 1: .* not permitted"),
        ("restored_percent = 80", "restored_percent = 101", "outage.restored_percent is 101: "),
        ("power_below = 0.10", "power_below = 0.5", "power_below is 0.5 and communication_above"),
        ("power_below = 0.10", "power_below = ", "Invalid value"),
        ('version = "', 'version = "" # ', "version is '': "),
    ],
)
def test_a_wrong_number_is_named(before: str, after: str, told: str, tmp_path: Path) -> None:
    path = changed(tmp_path, before, after)

    with pytest.raises(RulesError, match=told):
        read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"none\.toml"):
        read(tmp_path / "none.toml")
