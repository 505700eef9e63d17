"""`wattstream notify`, with a receiver on loopback."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.errors import OperationError, RequestError
from tests.support.receivers import http_receiver
from tests.unit.services.notifier.test_configured import FILE
from tests.unit.services.notifier.test_rule_file import CUSTOMERS
from wattstream.main import app

TEXT = FILE.replace('texts = "words"', "")


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    (tmp_path / "notify.toml").write_text(TEXT)
    monkeypatch.setenv("WATTSTREAM_NOTIFY_FILE", str(tmp_path / "notify.toml"))
    monkeypatch.setenv("WATTSTREAM_NOTIFY_DUTY", "ntfys://ntfy.example/duty")
    return CliRunner()


def test_check_says_who_is_told(runner: CliRunner) -> None:
    said = runner.invoke(app, ["notify", "--check"], catch_exceptions=False)

    assert said.exit_code == 0
    assert "rule all tells duty" in said.stdout
    assert "channel duty (apprise, fr, Europe/Paris) takes 20 messages an hour" in said.stdout


def test_a_channel_is_tried(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    with http_receiver() as receiver:
        address = receiver.url.removeprefix("http://")
        monkeypatch.setenv("WATTSTREAM_NOTIFY_DUTY", f"ntfy://{address}/duty")
        said = runner.invoke(app, ["notify", "--test", "duty"], catch_exceptions=False)
        assert said.exit_code == 0
        receiver.answers.append((500, {}))
        with pytest.raises(OperationError, match="channel duty: apprise could not send it"):
            runner.invoke(app, ["notify", "--test", "duty"], catch_exceptions=False)

    assert b"Nothing is the matter" in receiver.got[0].body


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--check", "--test", "duty"], "give one of --check"),
        (["--test", "boss"], "--test is 'boss', and channels are duty"),
        (["--explain", "nonsense"], "'nonsense' is no id of an alert"),
    ],
)
def test_a_wrong_request_is_told(runner: CliRunner, options: list[str], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        runner.invoke(app, ["notify", *options], catch_exceptions=False)


def test_check_says_how_customers_are_told_and_their_channel_has_nobody_to_try(
    runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notify.toml").write_text(TEXT + CUSTOMERS)
    monkeypatch.setenv("WATTSTREAM_NOTIFY_HOME", "smtps://mail.example?from=grid@utility.example")
    said = runner.invoke(app, ["notify", "--check"], catch_exceptions=False)
    assert "channel home (mail) is one that customers choose from" in said.stdout
    assert "customers are told in de, each 3 times an hour at most" in said.stdout
    with pytest.raises(RequestError, match="--test is 'home', which has no receiver of its own"):
        runner.invoke(app, ["notify", "--test", "home"], catch_exceptions=False)
    monkeypatch.setenv(
        "WATTSTREAM_NOTIFY_HOME", "smtps://m.example?from=a@b.example&to=c@d.example"
    )
    with pytest.raises(RequestError, match="has a receiver: give it without `to`"):
        runner.invoke(app, ["notify", "--check"], catch_exceptions=False)
