"""Rules of readings that runs would refuse are refused as they are loaded, all of a folder."""

from contextlib import nullcontext
from pathlib import Path
from unittest.mock import Mock

import psycopg
import pytest

from adapters.master_files import MasterFileError, lines
from contracts.master_files import FILES
from wattstream.commands.masters import check_rule, load

(RULES,) = [file for file in FILES if file.table == "vee_rule"]
HEAD = "rule,parameters,severity,valid_from"


def written(folder: Path, *rules: str) -> Path:
    """A file of rules that hold from 2013 on."""
    path = folder / RULES.name
    path.write_text("\n".join([HEAD, *(f"{rule},2013-01-01T00:00Z" for rule in rules)]))
    return path


def test_rules_that_runs_take_are_loaded(tmp_path: Path) -> None:
    path = written(tmp_path, 'prolonged,"{""prolonged_ms"": 5184000000}",hold', "jump,,hold")

    assert [each.values["rule"] for each in lines(path, RULES, check_rule)] == ["prolonged", "jump"]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            "spike,,hold",
            "rule is 'spike', by which runs find nothing: give one of counter_decrease",
        ),
        ("missing,,hold", "severity of rule missing is 'hold': give note"),
        (
            'prolonged,"{""prolonged_ms"": ""35 d""}",hold',
            "prolonged_ms of rule prolonged is '35 d': give a whole number of milliseconds from 0",
        ),
    ],
)
def test_rules_that_runs_refuse_are_refused_with_their_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str, message: str
) -> None:
    connection = Mock(spec=psycopg.Connection)
    monkeypatch.setattr("adapters.postgres.connect", lambda _: nullcontext(connection))
    written(tmp_path, "jump,,hold", rule)

    with pytest.raises(MasterFileError) as told:
        load(tmp_path)

    assert connection.method_calls == []
    assert f"vee_rule.csv, line 3: {message}" in str(told.value)
