"""Masters as of an instant are what they were, whatever is put right later."""

import psycopg

from adapters.master_rows import masters as masters_of
from contracts.masters import Premises
from tests.bills.london import HOME, SITE, A, masters
from tests.support.london import ms

BEFORE, BETWEEN, AFTER = ms("2013-04-01"), ms("2013-05-15"), ms("2013-07-01")


def test_a_site_that_is_put_right_stays_what_it_was_for_earlier_runs(
    database: psycopg.Connection,
) -> None:
    masters(database, [(A, "2012-12-01", None)])
    database.execute(
        "UPDATE site SET time_zone = 'Europe/Paris', recorded_from = '2013-05-01Z' "
        "WHERE site_id = %s",
        [SITE],
    )
    # What is said again changes nothing.
    database.execute("UPDATE site SET time_zone = time_zone")
    database.execute(
        "UPDATE site SET time_zone = 'Europe/Dublin', recorded_from = '2013-06-01Z' "
        "WHERE site_id = %s",
        [SITE],
    )

    zones = [masters_of(database, at).sites[0].time_zone for at in (BEFORE, BETWEEN, AFTER)]

    assert zones == ["Europe/London", "Europe/Paris", "Europe/Dublin"]
    assert masters_of(database, ms("2012-11-01")).sites == ()


def test_premises_that_go_or_come_later_are_known_when_they_were(
    database: psycopg.Connection,
) -> None:
    masters(database, [(A, "2012-12-01", None)])
    database.execute("DELETE FROM premises WHERE premises_id = %s", [HOME])
    database.execute("INSERT INTO premises VALUES ('later', %s, '2013-06-01Z')", [SITE])

    assert masters_of(database, BEFORE).premises == (Premises(HOME, SITE),)
    assert masters_of(database, AFTER).premises == (Premises(HOME, SITE), Premises("later", SITE))
    (now,) = database.execute("SELECT epoch_ms(clock_timestamp() + '1 minute')").fetchone() or (0,)
    assert masters_of(database, now).premises == (Premises("later", SITE),)
