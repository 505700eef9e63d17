"""What a running month costs, from archive, PostgreSQL and Redis to the table in the terminal."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import numpy as np
import psycopg
import pytest
import redis
from msgspec.json import encode
from rich.console import Console

from adapters.connect import redis_client
from adapters.live_store import LiveStore
from adapters.postgres import connect
from adapters.redis_so_far import customer_so_far, problems_so_far, sites_so_far
from billing.settlement.errors import RunError
from contracts.digest import places_key
from contracts.live import LiveMeter, live_key
from contracts.settings import PROJECT, RedisSettings, Settings, names, variables, without_settings
from contracts.so_far import SiteSoFar, so_far_key
from services.settlement import so_far
from services.settlement.so_far import LOCK, keep
from tests.bills.london import ALL, HOME, SITE, A, archive, masters
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, home_mwh, ms, prices
from tests.support.redis_server import redis_server
from wattstream.follow import Follow

NOON = ms("2013-07-15T11:00")
"""In London, on the 15th: what is known of July is what Ada has in T5."""
READ = (NOON - YEAR_BEGIN_MS) // HALF_HOUR_MS
FOREVER = [(A, "2012-12-01", None)]
AREA = "gcpvj"
PATIENCE_S = 240.0
Found = TypeVar("Found")
WATTSTREAM = (sys.executable, "-c", "from wattstream.main import main; main()")


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture
def followed(settings: Settings, database: psycopg.Connection, redis_url: str) -> Settings:
    """A namespace whose stream has come to noon."""
    archive(settings, np.arange(ALL) < READ)
    masters(database, FOREVER)
    return settings.model_copy(update={"redis": RedisSettings(url=redis_url), "interim_s": 0.1})


@contextmanager
def kept(settings: Settings) -> Iterator[None]:
    """Somebody settles, for as long as the context lasts."""
    stop = threading.Event()
    worker = threading.Thread(target=keep, args=(settings, stop))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()


def until(found: Callable[[], Found | None]) -> Found:
    deadline = time.monotonic() + PATIENCE_S
    while (its := found()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return its


def site_of(settings: Settings) -> SiteSoFar | None:
    with LiveStore(settings.redis) as store:
        return store.ask(sites_so_far(settings.namespace)).get(SITE)


def say(settings: Settings, at_ms: int, register_mwh: int) -> None:
    """What the hot job writes of the home."""
    meter = LiveMeter(
        slice_end_ms=at_ms,
        readings=1,
        last_ms=at_ms,
        holds_until_ms=at_ms,
        late=False,
        geohash="gcpvj0",
        commodity="electricity",
        register=register_mwh / 1_000,
        demand=None,
        energy_today=0.0,
    )
    with redis_client(settings.redis) as client:
        client.hset(live_key(settings.namespace, "electricity", AREA), HOME, encode(meter))
        client.hset(places_key(settings.namespace, "electricity"), HOME, AREA)


def wait_for_a_picture(settings: Settings) -> None:
    """Until who shows what there is has asked for it again: then what was there is shown."""
    with (
        redis.Redis.from_url(settings.redis.url, socket_timeout=PATIENCE_S) as client,
        client.monitor() as heard,
    ):
        wanted = f"HGETALL {so_far_key(settings.namespace)}"
        asked = (each for each in heard.listen() if each["command"] == wanted)
        for _ in range(2):
            next(asked)


def shown(follow: Follow) -> str:
    """Its picture, without runs of spaces."""
    console = Console(width=160, record=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    console.print(follow.picture())
    return re.sub(r" +", " ", console.export_text())


def test_a_home_so_far_and_the_half_hour_since(followed: Settings) -> None:
    next_mwh = int(home_mwh()[READ])
    register_mwh = int(home_mwh()[: READ + 1].sum())
    (price,) = [each.price for each in prices() if each.begin_ms <= NOON < each.end_ms]

    with kept(followed):
        site = until(lambda: site_of(followed))
    with LiveStore(followed.redis) as store:
        customer = store.ask(customer_so_far(followed.namespace, [SITE], A))[SITE]
        one = Follow(followed, store, customer_id=A)
        before = shown(one)
        say(followed, NOON + HALF_HOUR_MS, register_mwh)
        after = shown(one)
        of_site = shown(Follow(followed, store, site_id=SITE))

    # T5: 122.145 kWh, 14.94 GBP and 0.75 of tax.
    assert (customer.net_minor, customer.tax_minor, customer.gross_minor) == (1_494, 75, 1_569)
    assert customer.import_mwh == {"electricity": 122_145_000}
    assert (site.month, site.archived_ms, site.gross_minor) == ("2013-07", NOON, 1_569)
    assert site.broken == []
    assert "so far 122.145 kWh 14.94 0.75 15.69 GBP" in before
    assert "1 registers without a live value" in before
    net = round(Decimal(next_mwh).scaleb(-6) * price, 2)
    tax = round(Decimal(next_mwh).scaleb(-6) * price * 5 / 100, 2)
    energy = f"{Decimal(122_145_000 + next_mwh).scaleb(-6).normalize():f}"
    assert f"provisional {Decimal(next_mwh).scaleb(-6).normalize():f} kWh {net} {tax}" in after
    sums = f"{Decimal('14.94') + net} {Decimal('0.75') + tax} {Decimal('15.69') + net + tax} GBP"
    assert f"so far {energy} kWh {sums}" in after
    assert "live until 2013-07-15 11:30:00 UTC" in after
    assert f"so far {energy} kWh {sums}" in of_site and "london, 2013-07 so far" in of_site


def test_once_it_is_archived_it_is_provisional_no_more(
    followed: Settings, database: psycopg.Connection
) -> None:
    say(followed, NOON + HALF_HOUR_MS, int(home_mwh()[: READ + 1].sum()))
    with kept(followed):
        before = until(lambda: site_of(followed))
        chosen = np.arange(ALL) == READ
        archive(followed, chosen, first_offset=READ, name="part-1")

        def newer() -> SiteSoFar | None:
            its = site_of(followed)
            return its if its and its.archived_ms == NOON + HALF_HOUR_MS else None

        after = until(newer)
    with LiveStore(followed.redis) as store:
        text = shown(Follow(followed, store))

    (one,), (other,) = before.balances, after.balances
    assert other.billed_mwh - one.billed_mwh == home_mwh()[READ]
    assert "provisional 0 kWh 0.00 0.00 0.00" in text
    # Nothing of it is a run, a document or a line.
    for table in ("run", "document", "ledger_line", "vee_exception"):
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_one_works_and_others_stand_by(
    followed: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="settlement")
    with connect(followed) as first:
        first.execute("SELECT pg_advisory_lock(hashtext(%s))", [LOCK])
        with kept(followed):
            deadline = time.monotonic() + PATIENCE_S
            while "stands by" not in caplog.text:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert site_of(followed) is None
            first.close()
            assert until(lambda: site_of(followed)).month == "2013-07"


def test_what_cannot_be_settled_is_told(followed: Settings, database: psycopg.Connection) -> None:
    database.execute("UPDATE tax_rate SET recorded_to = recorded_from + interval '1 s'")
    with kept(followed), LiveStore(followed.redis) as store:
        until(lambda: store.ask(problems_so_far(followed.namespace)).get(SITE))
        text = shown(Follow(followed, store))

    assert "no interim run yet" in text
    assert "london: tax category 'S' has no rate in 'GB-domestic'" in text


def test_what_has_no_price_is_told_beside_the_others(
    followed: Settings, database: psycopg.Connection
) -> None:
    database.execute("UPDATE price SET recorded_to = recorded_from + interval '1 s'")
    say(followed, NOON + HALF_HOUR_MS, int(home_mwh()[: READ + 1].sum()))
    with kept(followed):
        until(lambda: site_of(followed))
    with LiveStore(followed.redis) as store:
        text = shown(Follow(followed, store))

    assert "archived 122.145 kWh 0.00 0.00 0.00" in text
    assert "some of it without a price" in text
    assert (
        "without a price: lcl-dtou of customer 1: series 'lcl-dtou' has no price from "
        "2013-06-30T23:00+00:00 to 2013-07-31T23:00+00:00" in text
    )


def test_masters_that_are_loaded_meanwhile_are_found(
    settings: Settings,
    database: psycopg.Connection,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(so_far, "STAND_BY_S", 0.1)
    archive(settings, np.arange(ALL) < READ)
    # Another look is not for an hour.
    waiting = settings.model_copy(update={"redis": RedisSettings(url=redis_url)})
    waiting = waiting.model_copy(update={"interim_s": so_far.MASTERS_EACH_S})
    with kept(waiting):
        asked = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"
        until(lambda: database.execute(asked).fetchone())
        masters(database, FOREVER)
        assert until(lambda: site_of(waiting)).month == "2013-07"


def test_who_is_not_there_is_named(followed: Settings) -> None:
    with kept(followed):
        until(lambda: site_of(followed))
    with LiveStore(followed.redis) as store:
        with pytest.raises(RunError, match="site is 'paris', and there are london"):
            Follow(followed, store, site_id="paris").picture()
        with pytest.raises(RunError, match="customer is 77, who has nothing"):
            Follow(followed, store, customer_id=77).picture()


def test_the_command_settles_and_shows_until_it_is_interrupted(
    followed: Settings, tmp_path: Path
) -> None:
    say(followed, NOON, 0)
    environment = {
        **without_settings(os.environ),
        **variables(followed, names(Settings)),
        "WATTSTREAM_STACK_LOCAL_DIR": str(tmp_path / "local"),
        "COLUMNS": "160",
    }
    command = [*WATTSTREAM, "bill", "--follow", "--customer", f"{A}"]
    process = subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        until(lambda: site_of(followed))
        wait_for_a_picture(followed)
    finally:
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE_S)

    text = re.sub(r" +", " ", output.decode())
    assert process.returncode == 0, text
    assert "archived 122.145 kWh 14.94 0.75 15.69" in text
    log = (tmp_path / "local" / "log" / f"settlement-{followed.namespace}.log").read_text()
    assert log.splitlines()[-1].endswith("stopped")
