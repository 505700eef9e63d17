"""What `submit` takes."""

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
