"""What `submit` takes."""

from unittest.mock import Mock

import pytest
from typer.testing import CliRunner

from simulators.errors import OptionError
from wattstream.main import app


def test_a_reference_that_is_none_is_refused() -> None:
    result = CliRunner().invoke(app, ["submit", "--reference", "reference_b"])

    assert isinstance(result.exception, OptionError)
    assert str(result.exception) == "--reference is 'reference_b': give one of reference_c"


def test_a_reference_goes_on_from_nothing() -> None:
    result = CliRunner().invoke(app, ["submit", "--reference", "reference_c", "--from", "latest"])

    assert isinstance(result.exception, OptionError)
    assert "--from is 'latest', and reference_c begins" in str(result.exception)


def test_a_reference_is_submitted_alone_into_a_namespace_that_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = Mock()
    done.submit_reference.return_value = "job-1"
    monkeypatch.setattr("infra.provision.provision", done.provision)
    for name in ("submit", "submit_reference"):
        monkeypatch.setattr(f"infra.flink.submission.{name}", getattr(done, name))
    words = ["--reference", "reference_c", "--namespace", "refc", "--parallelism", "1"]

    result = CliRunner().invoke(app, ["submit", *words])

    assert result.exit_code == 0, result.exception
    assert [name for name, *_ in done.mock_calls] == ["provision", "submit_reference"]
    settings, _, *rest = done.submit_reference.call_args.args
    assert (settings.namespace, rest) == ("refc", ["reference_c", 1])
    assert "refc-reference_c runs" in result.stdout
