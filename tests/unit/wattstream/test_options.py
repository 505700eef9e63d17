"""Options that are given before another command would do nothing, and are refused."""

import pytest
from typer.testing import CliRunner

from simulators.errors import OptionError
from wattstream.main import app


@pytest.mark.parametrize(
    "line",
    [
        "alerts --kind outage show outage:f1:1",
        "bill --month 2013-03 list",
        "bill --dry-run waiting",
        "edit --register MAC000002 list",
        "notify --check unsilence 5f0c2a91",
        "notify -n demo again 2d802e8dfdbcbfa0ac5aef9261759a40",
    ],
)
def test_an_option_before_another_command_is_refused(line: str) -> None:
    found = CliRunner().invoke(app, line.split())
    assert isinstance(found.exception, OptionError)
    command = line.split()[-1] if line.split()[-1].isalpha() else line.split()[-2]
    assert f"an option is given before `{command}`" in str(found.exception)
