"""Masters of London's homes, as the command writes them and a database takes them."""

from pathlib import Path

import psycopg
from typer.testing import CliRunner

from adapters.master_files import load
from adapters.master_rows import masters
from contracts.masters import Price
from contracts.settings import PROJECT
from tests.support.london import ms, prices
from wattstream.main import app

EXTRACT = PROJECT / "simulators" / "data" / "lcl_extract.csv.gz"


def test_each_home_has_a_household_that_pays_the_prices_of_2013(
    database: psycopg.Connection, tmp_path: Path
) -> None:
    written = CliRunner().invoke(
        app, ["masters", "london", str(EXTRACT), "--output", str(tmp_path / "m")]
    )
    assert written.exit_code == 0, written.output

    load(database, tmp_path / "m")

    its = masters(database, ms("2100-01-01T00:00"))
    homes = {each.premises_id: each for each in its.occupancies}
    assert sorted(homes) == [f"MAC0000{number}" for number in range(11, 21)]
    assert {each.customer_id for each in its.occupancies} == set(range(1, 11))
    assert {each.plan_id for each in its.contracts} == {"lcl-dtou"}
    assert {each.begin_ms for each in its.installations} == {ms("2013-01-01T00:00")}
    assert {each.opening_mwh for each in its.installations} == {0}
    assert sorted(its.prices, key=begin_ms) == sorted(prices(), key=begin_ms)
    # The same files again change nothing.
    assert all(each.new == each.changed == 0 for each in load(database, tmp_path / "m"))


def begin_ms(price: Price) -> int:
    return price.begin_ms
