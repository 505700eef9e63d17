"""Bills as the API answers them, of a PostgreSQL with the summer of a London home."""

import csv
import io
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import psycopg
import pytest

from adapters.bills import plans
from adapters.bills.listed import ListedDocument
from adapters.postgres import connect_to_read
from billing.curve.errors import CurveError
from billing.settlement.allocation import Reason as Allocated
from contracts.database import database
from contracts.masters import PlanVersion, customer_id_of
from contracts.settings import Settings
from services.api.answers.plans import ToCompare, plan_comparison
from services.api.answers.settlement import Reason
from services.api.bills import entry_of, to_compare
from services.api.threads import MOST
from services.settlement.billed_plans import BilledMonths, billed_months, compared
from tests.bills.billed import (
    BELIEVED,
    LATER,
    LATER_NAME,
    MISSING,
    MOVED,
    NUMBERS,
    STAFF,
    STRANGER,
)
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, home_mwh, ms
from tests.unit.services.api.conftest import Api, serving
from tests.unit.services.api.town import ADA, BEN, BILLED, MINE

JULY = (ms("2013-06-30T23:00"), ms("2013-07-31T23:00"))
"""In London."""


@pytest.fixture(scope="module")
def server(redis_url: str, billed: Settings, patience: None) -> Iterator[Api]:  # noqa: ARG001
    with serving(redis_url, bills=billed) as api:
        yield api


@pytest.fixture
def ada(api: Api) -> str:
    api.town.announce(BILLED, ADA)
    return api.town.token("customer", customer=ADA)[1]


def used_wh(begin_ms: int, end_ms: int) -> float:
    """What the home used, by the trial's own half-hours."""
    first, last = ((each - YEAR_BEGIN_MS) // HALF_HOUR_MS for each in (begin_ms, end_ms))
    return int(home_mwh()[first:last].sum()) / 1_000


def _one(rows: Iterable[Any]) -> Any:  # noqa: ANN401
    (row,) = rows
    return row


def of(api: Api, path: str, token: str) -> Any:  # noqa: ANN401
    answer = api.get(path, token)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_customer_has_its_own_bills(api: Api, ada: str) -> None:
    items = of(api, "/v1/bills", ada)["items"]

    names = ("credit", "july", "june", "may", "april")
    assert [each["number"] for each in items] == [NUMBERS[each] for each in names]
    assert {(each["customer"], each["currency"], each["minor_digits"]) for each in items} == {
        (ADA, "GBP", 2)
    }
    # The credit note takes back what was issued of the days from 10 July on.
    assert [each["gross_minor"] for each in items][:2] == [-633, 1_569]
    # The final run of April has been; a day of June is an estimate.
    assert [each["provisional"] for each in items] == [True, True, True, True, False]
    assert [each["estimated"] for each in items] == [False, False, True, False, False]
    assert all("+01:00" in each["issued_at"] or "Z" not in each["issued_at"] for each in items)
    # Whoever is billed for nothing has a list all the same, and so has one of another name.
    for customer in ("c-mine", "01", "999"):
        _, other = api.town.token("customer", customer=customer)
        assert of(api, "/v1/bills", other)["items"] == []
    assert of(api, f"/v1/bills?customer={BEN}", ada)["items"] == []


def test_an_id_is_of_one_text() -> None:
    assert (customer_id_of("1"), customer_id_of("924")) == (1, 924)
    for text in ("", "0", "01", "+1", "1 ", "\u0661", "c-1", "9" * 19, "1\n"):
        assert customer_id_of(text) is None


def test_clerks_look_by_customer_month_and_meter(api: Api) -> None:
    _, token = api.town.token()
    numbers = {
        query: [each["number"] for each in of(api, f"/v1/bills{query}", token)["items"]]
        for query in (f"?customer={BEN}", "?month=2013-07", f"?meter={BILLED}", f"?meter={MINE}")
    }
    assert numbers[f"?customer={BEN}"] == [NUMBERS["bens_more"], NUMBERS["bens"]]
    july = ("bens_more", "credit", "bens", "july")
    assert numbers["?month=2013-07"] == [NUMBERS[each] for each in july]
    assert len(numbers[f"?meter={BILLED}"]) == len(NUMBERS)
    assert numbers[f"?meter={MINE}"] == []


def test_lists_go_on_and_are_tables_too(api: Api, ada: str) -> None:
    whole = of(api, "/v1/bills", ada)["items"]
    found: list[Any] = []
    cursor = ""
    while cursor is not None:
        part = of(api, f"/v1/bills?limit=2{cursor and f'&cursor={cursor}'}", ada)
        found, cursor = [*found, *part["items"]], part["next"]
    assert found == whole

    table = api.get("/v1/bills?format=csv&limit=3", ada)
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert [int(row["gross_minor"]) for row in rows] == [each["gross_minor"] for each in whole[:3]]
    assert [row["estimated"] for row in rows] == ["no", "no", "yes"]
    link = table.headers["Link"].partition(">")[0].removeprefix("<")
    assert len(list(csv.DictReader(io.StringIO(api.get(link, ada).text)))) == len(whole) - 3


def test_a_bill_has_lines_taxes_and_its_corrections(api: Api, ada: str) -> None:
    july = of(api, f"/v1/bills/{NUMBERS['july']}", ada)
    credit = of(api, f"/v1/bills/{int(NUMBERS['credit'])}", ada)

    assert july["customer_name"] == "Ada"
    lines = july["lines"]
    assert sum(each["energy_wh"] for each in lines) == used_wh(JULY[0], ms(BELIEVED))
    assert sum(each["minor"] for each in lines) == july["net_minor"] == 1_494
    assert {each["reason"] for each in lines} == {"first"}
    prices = {each["band"]: (each["mean_price"], each["price_per"]) for each in lines}
    assert prices == {
        "High": ("0.672", "kWh"),
        "Low": ("0.0399", "kWh"),
        "Normal": ("0.1176", "kWh"),
    }
    assert {each["plan_name"] for each in lines} == {"London, dynamic"}
    for each in lines:
        assert each["known"] == [
            {
                "how": "measured",
                "energy_wh": each["energy_wh"],
                **dict.fromkeys(("volume_l", "demand_w", "days")),
            }
        ]
    assert july["taxes"] == [{"category": "S", "rate": "5", "net_minor": 1_494, "tax_minor": 75}]
    assert (july["corrects"], credit["corrects"]) == ([], [NUMBERS["july"]])
    assert [each["number"] for each in july["history"]] == [NUMBERS["july"], NUMBERS["credit"]]
    assert july["month_net_minor"] == credit["month_net_minor"] == 1_494 - 603
    assert [each["of_month_minor"] for each in july["history"]] == [1_494, -603]
    assert july["month_waiting_minor"] == 0
    assert {each["month"] for each in credit["lines"]} == {"2013-07"}
    # Of the correction lines are differences, and say of what.
    assert {each["reason"] for each in credit["lines"]} == {"move"}
    assert all(
        each["before_minor"] + each["minor"] == each["now_minor"] for each in credit["lines"]
    )
    gone = sum(each["energy_wh"] for each in credit["lines"])
    assert gone == -used_wh(ms(MOVED), ms(BELIEVED))


def test_what_is_estimated_is_said_of_its_line_and_day(api: Api, ada: str) -> None:
    june = of(api, f"/v1/bills/{NUMBERS['june']}", ada)
    known: dict[str, float] = {}
    for line in june["lines"]:
        for each in line["known"]:
            known[each["how"]] = known.get(each["how"], 0) + each["energy_wh"]
    begin_ms, end_ms = ms("2013-05-31T23:00"), ms("2013-06-30T23:00")
    missing_ms = ms(MISSING)
    measured = used_wh(begin_ms, missing_ms) + used_wh(missing_ms + 48 * HALF_HOUR_MS, end_ms)
    assert set(known) == {"measured", "estimated"}
    assert known["measured"] == pytest.approx(measured)

    days = set()
    for line in june["lines"]:
        story = of(api, f"/v1/bills/{june['number']}/lines/{line['line']}", ada)
        assert story["what"] == "the sum of periods"
        total = sum(each["energy_wh"] for each in story["parts"])
        assert total == pytest.approx(line["energy_wh"])
        days |= {
            part["start"][:10]
            for part in story["parts"]
            if any(each["how"] == "estimated" for each in part["known"])
        }
    # The UTC day that is missing ends an hour after midnight in London.
    assert days == {"2013-06-10", "2013-06-11"}


def test_a_line_is_told_by_the_period(api: Api, ada: str) -> None:
    path = f"/v1/bills/{NUMBERS['july']}/lines"
    days, periods = (
        [each for line in (1, 2, 3) for each in of(api, f"{path}/{line}?by={by}", ada)["parts"]]
        for by in ("day", "period")
    )
    begin, end = "2013-07-01T00:00:00+01:00", "2013-07-15T12:00:00+01:00"
    assert min(each["start"] for each in days) == begin
    assert max(each["end"] for each in periods) == end
    assert len(periods) == (ms(BELIEVED) - JULY[0]) // HALF_HOUR_MS
    assert api.get(f"{path}/4", ada).status_code == 404


def test_what_cannot_be_computed_names_the_value_to_clerks(
    api: Api, ada: str, billed: Settings
) -> None:
    _, clerk = api.town.token()
    path = f"/v1/bills/{NUMBERS['bens_more']}/lines/1"
    with psycopg.connect(billed.postgres.url, dbname=database(billed), autocommit=True) as admin:
        (run_id, rules) = _one(
            admin.execute(
                "SELECT run_id, rules FROM run JOIN document USING (run_id) WHERE number = %s",
                [NUMBERS["bens_more"]],
            )
        )
        admin.execute("UPDATE run SET rules = 'code=0' WHERE run_id = %s", [run_id])
        try:
            told = api.get(path, clerk)
            own = api.get(f"/v1/bills/{NUMBERS['credit']}/lines/1", ada)
        finally:
            admin.execute("UPDATE run SET rules = %s WHERE run_id = %s", [rules, run_id])

    for answer in (told, own):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert told.json()["detail"].startswith("rules is 'code=0': give those of a run, such as")
    # What is wrong may be somebody else's.
    assert "code=0" not in own.text and "log" in own.json()["detail"]
    assert of(api, path, clerk)["parts"]


def test_a_number_that_is_given_again_is_another_bill(
    api: Api, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def explained(_: object, __: object, number: str) -> tuple[str, tuple[()]]:
        asked.append(number)
        return "Europe/London", ()

    def issued(later_ms: int) -> Callable[..., ListedDocument | None]:
        def found(*of: Any) -> ListedDocument | None:  # noqa: ANN401
            entry = entry_of(*of)
            return entry and replace(entry, issued_at_ms=entry.issued_at_ms + later_ms)

        return found

    monkeypatch.setattr("services.api.routes.bills.explained", explained)
    for later_ms in (1, 1, 2):
        monkeypatch.setattr("services.api.routes.bills.entry_of", issued(later_ms))
        assert api.get(f"/v1/bills/{NUMBERS['may']}/lines/1", ada).status_code == 404

    # What was computed of one is kept, and is not told of another one.
    assert asked == [NUMBERS["may"]] * 2


def test_plans_side_by_side_for_the_time_of_whom_they_are_of(api: Api, ada: str) -> None:
    own = of(api, f"/v1/meters/{BILLED}/plans", ada)

    assert (own["customer"], own["first_month"], own["last_month"]) == (ADA, "2013-04", "2013-07")
    # From 5 April to 9 July.
    assert own["days"] == 96
    offers = {each["plan_id"]: each for each in own["offers"]}
    begin_ms, end_ms = ms("2013-04-04T23:00"), ms(MOVED)
    missing_ms, missing_end_ms = ms(MISSING), ms(MISSING) + 48 * HALF_HOUR_MS
    measured = used_wh(begin_ms, missing_ms) + used_wh(missing_end_ms, end_ms)
    total = measured / (1 - own["estimated_share"]) / 1_000
    assert offers["lcl-flat"]["gross_minor"] == pytest.approx(total * 14.228 * 1.05, abs=3)
    assert offers["lcl-dtou"]["own"] and not offers["lcl-flat"]["own"]
    assert offers["lcl-flat"]["saving_minor"] == (
        offers["lcl-dtou"]["gross_minor"] - offers["lcl-flat"]["gross_minor"]
    )
    # Who came after is told of the own days alone, and that these are too few.
    api.town.announce(BILLED, BEN)
    _, ben = api.town.token("customer", customer=BEN)
    other = of(api, f"/v1/meters/{BILLED}/plans", ben)
    assert (other["customer"], other["offers"]) == (BEN, [])
    assert "there are 22 days" in other["why_not"]
    assert api.get(f"/v1/meters/{BILLED}/plans", ada).status_code == 404


def test_customers_are_told_of_plans_on_offer_and_the_utility_of_all(
    api: Api, ada: str, billed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seen(months: BilledMonths, among: frozenset[str] | None) -> set[str]:
        with connect_to_read(billed, 60) as connection:
            found = compared(billed, connection, months, among)
        return {each.plan_id for each in found.comparison.offers}

    own = of(api, f"/v1/meters/{BILLED}/plans", ada)

    assert {each["plan_id"]: each["on_offer"] for each in own["offers"]} == {
        "lcl-dtou": True,
        "lcl-flat": True,
    }
    assert STAFF not in str(own)
    with connect_to_read(billed, 60) as connection:
        months = billed_months(connection, BILLED, int(ADA))
    assert months is not None
    assert seen(months, None) == {"lcl-dtou", "lcl-flat", STAFF}
    # The utility is told of all.
    asked: list[frozenset[str] | None] = []

    def comparison(*given: Any) -> str:  # noqa: ANN401
        asked.append(given[-1])
        return "not now"

    monkeypatch.setattr("services.api.routes.bills.comparison", comparison)
    of(api, f"/v1/meters/{BILLED}/plans", api.town.token()[1])
    assert asked == [None]
    # The own plan is told of though nobody else may choose it.
    assert seen(months, frozenset({STAFF})) == {"lcl-dtou", STAFF}
    assert seen(months, frozenset()) == {"lcl-dtou"}


def test_customers_are_told_of_no_reasons_and_of_no_plan_of_others(
    api: Api, ada: str, billed: Settings
) -> None:
    own = of(api, f"/v1/meters/{BILLED}/plans", ada)

    # Anybody may choose it now, and then nobody could.
    assert own["left_out"] == [LATER_NAME]
    with connect_to_read(billed, 60) as connection:
        months = billed_months(connection, BILLED, int(ADA))
        assert months is not None
        for among, knows in ((None, True), (frozenset({"lcl-flat", LATER}), False)):
            found = compared(billed, connection, months, among)
            (left_out,) = found.left_out
            assert left_out.plan_id == LATER
            assert "no version on 2013-07-09" in left_out.reason
            # What a customer is told follows from no plan of whoever was there before.
            assert (STAFF in left_out.reason) == knows
        asked = to_compare(connection, BILLED, None, date(2025, 1, 1))
    (told,) = plan_comparison(BILLED, asked, found).left_out
    assert told.startswith(f"{LATER}: plan '{LATER}' has no version on 2013-07-09")


def test_what_is_wrong_with_masters_is_told_to_the_utility_alone(
    api: Api, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never_asked(*given: Any) -> ToCompare:  # noqa: ANN401
        its = to_compare(*given)
        assert its.billed is not None
        return replace(its, billed=replace(its.billed, issued_at_ms=1))

    def wrong(*_: object) -> None:
        raise CurveError(f"premises of {STAFF}: give another")

    monkeypatch.setattr("services.api.routes.bills.to_compare", never_asked)
    monkeypatch.setattr("services.settlement.billed_plans.compared", wrong)
    _, operator = api.town.token()
    answers = [api.get(f"/v1/meters/{BILLED}/plans", token) for token in (ada, operator)]

    assert [each.status_code for each in answers] == [409, 409]
    assert [STAFF in each.text for each in answers] == [False, True]
    assert "ask your supplier" in answers[0].json()["detail"]


def test_a_plan_that_cannot_be_read_takes_no_comparison_away(
    api: Api, ada: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = f"/v1/meters/{BILLED}/plans"
    before = of(api, path, ada)
    broken = PlanVersion("broken", 1, date(2000, 1, 1), None, "id = ")

    def versions(connection: psycopg.Connection) -> tuple[PlanVersion, ...]:
        return (*plans.versions(connection), broken)

    monkeypatch.setattr(
        "services.api.bills.plans", SimpleNamespace(versions=versions, names=plans.names)
    )
    assert of(api, path, ada) == before
    assert of(api, path, ada) == before
    assert caplog.text.count("plan broken version 1: cannot be read as TOML") == 1


def test_what_is_nobodys_has_its_reason(api: Api) -> None:
    assert get_args(Reason) == get_args(Allocated)
    _, token = api.town.token()
    items = of(api, "/v1/unassigned", token)["items"]

    march = (ms("2013-03-01"), ms("2013-03-31T23:00"))
    found = {(each["month"], each["reason"]): each["energy_wh"] for each in items}
    assert found[("2013-03", "not_recorded_yet")] == used_wh(*march)
    # The meter that nobody knows counts on from a register that it had before.
    assert ("2013-07", "unknown_register") in found
    (only,) = of(api, "/v1/unassigned?reason=unknown_register", token)["items"]
    assert (only["premises_id"], only["commodity"], only["direction"]) == (
        *(None, "electricity"),
        "import",
    )
    first = of(api, "/v1/unassigned?limit=1", token)
    rest = of(api, f"/v1/unassigned?limit=5&cursor={first['next']}", token)
    # A cursor is of one list with its limit's filters.
    assert [*first["items"], *rest["items"]] == items
    assert "unknown_register" in api.get("/v1/unassigned?format=csv", token).text


def test_the_queue_of_exceptions(api: Api) -> None:
    _, token = api.town.token()
    items = of(api, "/v1/exceptions", token)["items"]

    assert {each["rule"] for each in items} >= {"unknown_register", "not_recorded_yet"}
    (stranger,) = of(api, f"/v1/exceptions?meter={STRANGER}", token)["items"]
    assert (stranger["rule"], stranger["month"]) == ("unknown_register", "2013-07")
    assert stranger["start"].endswith("+01:00")
    one_by_one: list[Any] = []
    cursor = ""
    while cursor is not None:
        part = of(api, f"/v1/exceptions?limit=1{cursor and f'&cursor={cursor}'}", token)
        one_by_one, cursor = [*one_by_one, *part["items"]], part["next"]
    assert one_by_one == items
    assert STRANGER in api.get("/v1/exceptions?format=csv", token).text


def test_runs_say_what_they_counted_and_issued(api: Api) -> None:
    _, token = api.town.token()
    final, again, first = of(api, "/v1/runs?limit=3", token)["items"]

    assert [each["kind"] for each in (final, again, first)] == [
        *("final", "reconciliation"),
        "first",
    ]
    assert (again["invoices"], again["credit_notes"], again["gross_minor"]) == (1, 1, 0)
    assert (again["newest"], first["newest"]) == (True, False)
    (energy,) = first["energies"]
    assert energy["billed"]["energy_wh"] == used_wh(*JULY)
    total = energy["billed"]["energy_wh"] + energy["unassigned"]["energy_wh"]
    assert total == energy["metered"]["energy_wh"]
    rows = list(csv.DictReader(io.StringIO(api.get("/v1/runs?format=csv", token).text)))
    assert float(rows[2]["billed_energy_wh"]) == used_wh(*JULY)
    assert {each["month"] for each in of(api, "/v1/runs?month=2013-06", token)["items"]} == {
        "2013-06"
    }
    assert api.get("/v1/runs?site=%00", token).status_code == 422


def test_what_is_the_same_is_not_sent_again(api: Api, ada: str) -> None:
    for path in ("/v1/bills", f"/v1/bills/{NUMBERS['may']}"):
        tag = api.get(path, ada).headers["ETag"]
        again = api.get(path, ada, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")


def test_the_api_only_reads(billed: Settings) -> None:
    with connect_to_read(billed, 5) as connection:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM run")
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SET statement_timeout = 1")
            connection.execute("SELECT pg_sleep(60)")


def test_without_postgresql_bills_are_away_and_nothing_else(api: Api, redis_url: str) -> None:
    api.town.announce(BILLED, ADA)
    _, token = api.town.token()
    with serving(redis_url) as away:
        for path in ("bills", "bills/1", "runs", "unassigned", "exceptions"):
            answer = away.get(f"/v1/{path}", token)
            assert (answer.status_code, answer.json()["detail"]) == (
                503,
                "PostgreSQL does not answer.",
            )
            assert answer.headers["Retry-After"]
        assert away.get("/v1/fleet/now", token).status_code == 200
        stores = of(away, "/v1/system", token)["stores"]
    assert {each["name"] for each in stores if not each["answers"]} >= {"PostgreSQL"}
    # A namespace that has no database is none that is billed.
    _, other = api.town.token(namespace="other")
    answer = api.get("/v1/bills", other)
    assert (answer.status_code, answer.json()["detail"]) == (
        503,
        "PostgreSQL has no bills of the namespace.",
    )


def test_without_its_archive_nothing_is_computed_and_bills_are_told(
    api: Api, billed: Settings, redis_url: str, tmp_path: Path
) -> None:
    api.town.announce(BILLED, ADA)
    _, token = api.town.token()
    with serving(redis_url, bills=billed.model_copy(update={"data_dir": tmp_path})) as away:
        for path in (f"bills/{NUMBERS['july']}/lines/1", f"meters/{BILLED}/plans"):
            answer = away.get(f"/v1/{path}", token)
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/store-away")
            assert str(tmp_path) not in answer.text
        assert away.get(f"/v1/bills/{NUMBERS['july']}", token).status_code == 200


def test_a_postgresql_that_hangs_takes_nothing_else_down(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, token = api.town.token()
    hanging, go_on = threading.Semaphore(0), threading.Event()

    def listed(*_: object, **__: object) -> list[object]:
        hanging.release()
        go_on.wait(60)
        return []

    monkeypatch.setattr("services.api.routes.bills.listed", listed)
    with ThreadPoolExecutor(MOST) as many:
        waiting = [many.submit(api.get, "/v1/bills", token) for _ in range(MOST)]
        try:
            for _ in waiting:
                assert hanging.acquire(timeout=60)
            full = api.get("/v1/runs", token)
            assert (full.status_code, full.json()["detail"]) == (503, "PostgreSQL does not answer.")
            assert api.get("/v1/fleet/now", token).status_code == 200
        finally:
            go_on.set()
        assert [each.result().status_code for each in waiting] == [200] * MOST
    assert api.get("/v1/runs", token).status_code == 200


def test_a_postgresql_that_hangs_is_given_up(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = api.town.token()
    hanging: list[int] = []

    def listed(connection: psycopg.Connection, **_: object) -> list[object]:
        hanging.append(connection.info.backend_pid)
        # It is there and says nothing: neither its time limits nor the network's end that.
        os.kill(hanging[-1], signal.SIGSTOP)
        connection.execute("SELECT 1")
        return []

    try:
        with monkeypatch.context() as patched:
            patched.setattr("services.api.routes.bills.listed", listed)
            patched.setattr("services.api.database.ANSWER_S", 0.5)
            # Who is given up before it has come so far says nothing.
            while len(hanging) <= MOST:
                answer = api.get("/v1/bills", token)
                assert answer.status_code in (503, 504)
                deadline_s = time.monotonic() + 60
                while api.parts.postgres._free._value < MOST:
                    assert time.monotonic() < deadline_s, "its thread is lost"
                    time.sleep(0.02)
        # Each had its thread, none of which is lost.
        assert len(hanging) == MOST + 1
        assert api.get("/v1/bills", token).status_code == 200
    finally:
        for pid in hanging:
            os.kill(pid, signal.SIGCONT)
