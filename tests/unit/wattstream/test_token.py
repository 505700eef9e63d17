"""Tokens are made, listed and revoked by the command line, and told once."""

from collections.abc import Iterator

import pytest
import redis
from rich.console import Console
from typer.testing import CliRunner

from contracts.access import new_credential
from contracts.digest import clock_key
from tests.support.redis_server import redis_server
from wattstream.main import app
from wattstream.token_table import token_table


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with redis_server() as url:
        yield url


def run(url: str, *arguments: str) -> str:
    environment = {"WATTSTREAM_REDIS_URL": url, "COLUMNS": "200"}
    result = CliRunner().invoke(app, ["token", *arguments], env=environment)
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_a_token_is_told_once(url: str) -> None:
    text = run(url, "create", "ada", "-n", "mine").strip()
    an_id, secret = text.removeprefix("wst_").rsplit("_", 1)

    listed = run(url, "list", "-n", "mine")
    assert an_id in listed and "until revoked" in listed and "admin:tokens" not in listed
    assert secret not in listed
    assert "No tokens" in run(url, "list", "-n", "others")

    assert f"revoked {an_id}, of ada" in run(url, "revoke", an_id, "-n", "mine")
    assert "revoked 20" in run(url, "list", "-n", "mine")
    with pytest.raises(Exception, match=r"there is no token mine-00000000 in namespace mine"):
        run(url, "revoke", "mine-00000000", "-n", "mine")


def test_a_service_has_what_it_is_given(url: str) -> None:
    scopes = ("--scope", "read:live", "--scope", "read:areas")
    run(url, "create", "board", "--role", "service", *scopes, "--days", "3", "-n", "wall")
    listed = run(url, "list", "-n", "wall")
    assert "read:areas read:live" in listed and "until 20" in listed
    for arguments, words in (
        (("--role", "service"), "may do nothing"),
        (("--scope", "read:everything"), "scope is 'read:everything'"),
        (("--role", "customer"), "customer is None"),
        (("--role", "customer", "--customer", "c" * 101), "1 to 100 characters"),
    ):
        with pytest.raises(Exception, match=words):
            run(url, "create", "x", *arguments, "-n", "wall")


def test_a_gateway_names_its_meters(url: str) -> None:
    named = [each for name in ("gw7:*", "m1", "m2", "m3", "m4") for each in ("--meters", name)]
    gateway = ("--role", "service", "--scope", "write:readings")
    run(url, "create", "gw7", *gateway, *named, "-n", "home")
    assert "write:readings of gw7:* m1 m2 and 2 more" in run(url, "list", "-n", "home")
    for arguments, words in (
        (gateway, "meters is None .* name the meters"),
        ((*gateway, "--meters", "a b"), "meters has 'a b'"),
        (("--meters", "m1"), "without it none"),
    ):
        with pytest.raises(Exception, match=words):
            run(url, "create", "x", *arguments, "-n", "home")


def test_a_code_signs_in_once(url: str) -> None:
    assert run(url, "sign-in", "ada", "-n", "wall").startswith("wsc_wall-")


def test_who_signed_in_by_a_code_is_in_the_table() -> None:
    code, _ = new_credential("wall", "code", name="ada", role="operator", now_ms=0, expires_ms=9)
    console = Console(width=200)
    with console.capture() as told:
        console.print(token_table([code], 8))
        console.print(token_table([code], 9))
    assert "signed in until 1970-01-01" in told.get()
    assert "expired 1970-01-01" in told.get()


@pytest.mark.parametrize(
    "bounds",
    [
        ("--days", "3651"),
        ("--per-second", "1001"),
        ("--per-second", "0.05"),
        ("--per-second", "nan"),
    ],
)
def test_the_bounds_are_those_of_the_api(url: str, bounds: tuple[str, str]) -> None:
    with pytest.raises(SystemExit):
        run(url, "create", "x", *bounds, "-n", "wall")


def test_a_namespace_that_is_not_there_is_said_beside_the_token(url: str) -> None:
    environment = {"WATTSTREAM_REDIS_URL": url, "COLUMNS": "200"}

    def told() -> str:
        arguments = ["token", "create", "x", "-n", "lodon"]
        result = CliRunner().invoke(app, arguments, env=environment)
        assert (result.exit_code, result.stdout[:10]) == (0, "wst_lodon-")
        assert len(result.stdout.split()) == 1
        return result.stderr

    assert "Redis has nothing of namespace lodon yet" in told()
    with redis.Redis.from_url(url) as client:
        client.set(clock_key("lodon"), "{}")
    assert told() == ""
