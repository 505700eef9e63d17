"""London's January on its way through the whole flow, and what a clerk bills of it."""

import csv
import gzip
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from rich.console import Console
from typer.testing import CliRunner

from adapters.bills.documents import documents
from adapters.kafka import topic_ends
from adapters.postgres import connect, newest_as_of_ms
from billing.tariffs.plan import EXAMPLES
from contracts.issued import Document
from contracts.settings import Settings
from simulators.london.replay import replay_london
from tests.support.london import DATA, PRICES, ms, prices
from tests.support.namespaces import fresh_namespace, submit
from verification.wait import wait_until_settled
from wattstream.commands import bill
from wattstream.main import app

EXTRACT = DATA / "lcl_extract.csv.gz"
TAX = Decimal("0.05")
PENNY = Decimal("0.01")


def used_kwh() -> dict[str, dict[str, Decimal]]:
    """What the file says that each home used in January, by band."""
    found: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    changes = prices()
    with gzip.open(EXTRACT, "rt") as file:
        for home, begin, kwh in list(csv.reader(file))[1:]:
            at_ms = ms(begin.strip()[:19])
            (band,) = (each.band for each in changes if each.begin_ms <= at_ms < each.end_ms)
            assert band is not None
            # The file has noise beyond thousandths of a Wh.
            found[home][band] += Decimal(kwh).quantize(Decimal("0.000001"))
    return found


def pence(amount: Decimal) -> int:
    return int(amount.quantize(PENNY, ROUND_HALF_UP) / PENNY)


@pytest.fixture(scope="module")
def january(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """All of it is in the archive, and who lives there was recorded a minute ago."""
    with fresh_namespace(stack, "test_bills") as settings:
        folder = tmp_path_factory.mktemp("masters")
        typed(settings, "masters", "london", str(EXTRACT), "--output", str(folder), named=False)
        typed(settings, "masters", "load", str(folder))
        typed(settings, "plan", "load", str(EXAMPLES / "lcl-dtou.toml"), "--from", "2013-01-01")
        with connect(settings) as connection:
            recorded = connection.execute("SELECT epoch_ms(clock_timestamp())").fetchone()
        assert recorded is not None
        submit(settings)
        replay_london(
            settings,
            EXTRACT,
            start=date(2013, 1, 1),
            end=date(2013, 2, 1),
            late=0.05,
            repeat=0.01,
            seed=7,
            console=Console(quiet=True),
        )
        wait_until_settled(settings, topic_ends(settings), Console(quiet=True), kinds=("cold",))
        with connect(settings) as connection:
            while newest_as_of_ms(connection) < recorded[0]:
                time.sleep(1)
        yield settings


def typed(settings: Settings, *words: str, named: bool = True) -> str:
    """What a command says that ends well, in lines of single spaces."""
    names = ("--namespace", settings.namespace) if named else ()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bill.console, "width", 200)
        result = CliRunner().invoke(app, [*words, *names])
    assert result.exit_code == 0, (result.output, result.exception)
    return re.sub(r" +", " ", result.stdout)


def issued(settings: Settings) -> list[Document]:
    with connect(settings) as connection:
        return documents(connection, month="2013-01", whole=True)


def test_bills_are_what_the_file_says_at_the_prices_of_its_half_hours(january: Settings) -> None:
    told = typed(january, "bill", "--month", "2013-01", "--measured-only")

    used = used_kwh()
    expected = {
        number: {band: pence(kwh * PRICES[band]) for band, kwh in used[home].items()}
        for number, home in enumerate(sorted(used), 1)
    }
    found = {
        each.said.customer_id: {line.key.band: line.minor for line in each.said.lines}
        for each in issued(january)
    }
    assert found == expected
    net = sum(sum(lines.values()) for lines in expected.values())
    tax = sum(pence(sum(lines.values()) * PENNY * TAX) for lines in expected.values())
    metered_kwh = sum((kwh for of_home in used.values() for kwh in of_home.values()), Decimal())
    assert f"documents {len(used)} invoices, 0 credit notes" in told
    assert f"net {net * PENNY:,} GBP" in told
    assert f"gross {(net + tax) * PENNY:,} GBP" in told
    assert f"electricity import {metered_kwh.normalize():,f} kWh" in told


def test_the_same_month_again_issues_nothing(january: Settings) -> None:
    before = issued(january)

    typed(january, "bill", "--month", "2013-01", "--measured-only")

    assert len(before) > 0
    assert issued(january) == before
