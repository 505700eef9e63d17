"""Demand 11: nobody sees the neighbour. Who may see what, route by route: a route that is not in
MATRIX fails, since nobody has said who may ask it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from contracts.access import SCOPES, Role, Scope
from contracts.settings import Settings
from services.api.app import make_app
from tests.bills.billed import NUMBERS, STAFF
from tests.unit.services.api.conftest import Api, serving
from tests.unit.services.api.town import (
    ADA,
    BILLED,
    FEEDER,
    GAS,
    MINE,
    NEIGHBOURS,
    OUTAGE,
    OVER,
    SUSPECTED,
    UNANNOUNCED,
)

Sight = Literal["anyone", "signed in", "own", "customer", "utility", "admin"]
"""Who may ask: anyone at all; whoever is signed in; a customer for what is its own, and the utility
for all; a customer alone; the utility alone; whoever makes tokens."""


@dataclass(frozen=True)
class Entry:
    """Who may see what a route answers."""

    sight: Sight
    scopes: tuple[Scope, ...] = ()
    own: dict[str, str] = field(default_factory=dict)
    """Parts of the path that are the customer's,"""
    others: tuple[dict[str, str], ...] = ()
    """those that are somebody else's or nobody's,"""
    query: str = ""
    body: dict[str, Any] | None = None
    status: int = 200
    changes: bool = False
    """It changes something: here only who is let in is looked at."""
    customer: str = "c-mine"
    """Who asks for what is its own."""


OWN = {"meter_id": MINE}
OTHERS = ({"meter_id": NEIGHBOURS}, {"meter_id": UNANNOUNCED}, {"meter_id": "unknown"})
AN_ALERT = {"alert_id": OUTAGE}
OTHER_ALERTS = ({"alert_id": OVER}, {"alert_id": SUSPECTED}, {"alert_id": "outage:nowhere:1"})
A_BILL = {"number": NUMBERS["july"], "line": "1"}
OTHER_BILLS = tuple(
    {"number": number, "line": "1"}
    for number in (NUMBERS["bens"], NUMBERS["bens_more"], "99999999")
)
SPAN = "?start=2013-12-23T00:00:00Z&end=2013-12-24T00:00:00Z"

MATRIX: dict[str, Entry] = {
    "GET /healthz": Entry("anyone"),
    "GET /readyz": Entry("anyone"),
    "GET /v1": Entry("anyone"),
    "GET /problems/{kind}": Entry("anyone", own={"kind": "not-found"}),
    "POST /v1/session": Entry("anyone", body={"token": "none"}, status=401, changes=True),
    "GET /v1/session": Entry("signed in"),
    "DELETE /v1/session": Entry("signed in", status=400, changes=True),
    "GET /v1/session/ways": Entry("anyone"),
    # No provider is set up here; one that is has a test of its own, in `test_oidc.py`.
    "GET /v1/session/oidc": Entry("anyone", status=404),
    "GET /v1/session/oidc/callback": Entry("anyone", status=404),
    "GET /v1/meters": Entry("own", ("read:live",)),
    "GET /v1/meters/{meter_id}": Entry("own", ("read:live",), OWN, OTHERS),
    "GET /v1/meters/{meter_id}/now": Entry("own", ("read:live",), OWN, OTHERS),
    "GET /v1/meters/{meter_id}/energy": Entry("own", ("read:history",), OWN, OTHERS, SPAN),
    "GET /v1/meters/{meter_id}/minutes": Entry("own", ("read:history",), OWN, OTHERS, SPAN),
    "GET /v1/meters/{meter_id}/quality": Entry("own", ("read:history",), OWN, OTHERS, SPAN),
    "GET /v1/exports/energy": Entry("own", ("read:live", "read:history"), query=SPAN),
    "GET /v1/bills": Entry("own", ("read:bills",), customer=ADA),
    "GET /v1/bills/{number}": Entry("own", ("read:bills",), A_BILL, OTHER_BILLS, customer=ADA),
    "GET /v1/bills/{number}/lines/{line}": Entry(
        "own", ("read:bills",), A_BILL, OTHER_BILLS, customer=ADA
    ),
    "GET /v1/meters/{meter_id}/plans": Entry(
        "own", ("read:bills",), {"meter_id": BILLED}, OTHERS, customer=ADA
    ),
    "GET /v1/runs": Entry("utility", ("read:settlement",)),
    "GET /v1/unassigned": Entry("utility", ("read:settlement",)),
    "GET /v1/exceptions": Entry("utility", ("read:settlement",)),
    "GET /v1/areas": Entry("utility", ("read:areas",)),
    "GET /v1/areas/{geohash}/now": Entry("utility", ("read:areas",), {"geohash": "gcpuy"}),
    "GET /v1/areas/{geohash}/meters": Entry("own", ("read:live",), {"geohash": "gcpuy"}),
    "GET /v1/areas/{geohash}/history": Entry(
        "utility", ("read:areas", "read:history"), {"geohash": "gcpuy"}, query=SPAN
    ),
    "GET /v1/fleet/now": Entry("utility", ("read:areas",)),
    "GET /v1/fleet/hour": Entry("utility", ("read:areas",)),
    "GET /v1/regions": Entry("utility", ("read:areas",)),
    "GET /v1/feeders/{feeder}/now": Entry("utility", ("read:areas",), {"feeder": FEEDER}),
    "GET /v1/top": Entry("utility", ("read:areas", "read:live")),
    "GET /v1/alerts": Entry("own", ("read:alerts",)),
    "GET /v1/alerts/{alert_id}": Entry("own", ("read:alerts",), AN_ALERT, OTHER_ALERTS),
    "POST /v1/alerts/{alert_id}/acknowledge": Entry(
        "utility", ("write:alerts",), AN_ALERT, body={}, changes=True
    ),
    "POST /v1/alerts/{alert_id}/unacknowledge": Entry(
        "utility", ("write:alerts",), AN_ALERT, body={}, changes=True
    ),
    "POST /v1/alerts/{alert_id}/assign": Entry(
        "utility", ("write:alerts",), AN_ALERT, body={"assignee": "bob"}, changes=True
    ),
    "POST /v1/alerts/{alert_id}/comment": Entry(
        "utility", ("write:alerts",), AN_ALERT, body={"text": "x"}, changes=True
    ),
    "GET /v1/notifications": Entry("utility", ("read:system",)),
    "GET /v1/notifications/messages": Entry("utility", ("read:system",)),
    "POST /v1/notifications/messages/{message_id}/again": Entry(
        "utility", ("read:system", "write:alerts"), {"message_id": "0" * 32}, changes=True
    ),
    "POST /v1/silences": Entry("utility", ("read:system", "write:alerts"), body={}, changes=True),
    "DELETE /v1/silences/{silence_id}": Entry(
        "utility", ("read:system", "write:alerts"), {"silence_id": "5f0c2a91"}, changes=True
    ),
    "GET /v1/choice": Entry("customer", ("write:choice",)),
    "PUT /v1/choice": Entry("customer", ("write:choice",), body={}, changes=True),
    "DELETE /v1/choice": Entry("customer", ("write:choice",), changes=True),
    "POST /v1/readings": Entry("utility", ("write:readings",), body={}, changes=True),
    "GET /v1/system": Entry("utility", ("read:system",)),
    "GET /v1/stream": Entry("own", query="?topics=fleet", changes=True),
    "GET /v1/tokens": Entry("admin", ("admin:tokens",)),
    "POST /v1/tokens": Entry(
        "admin",
        ("admin:tokens",),
        body={"name": "x", "role": "service", "scopes": ["admin:tokens"]},
        changes=True,
    ),
    "DELETE /v1/tokens/{token_id}": Entry(
        "admin", ("admin:tokens",), {"token_id": "town-00000000"}, changes=True
    ),
}
"""Streams' topics have a test of their own, in `test_stream.py`."""

OF_OTHERS = (
    *(NEIGHBOURS, UNANNOUNCED, "c-neighbours"),
    *("Ben", '"customer":"2"', NUMBERS["bens"], NUMBERS["bens_more"]),
    STAFF,
)
"""What no customer but that one may read anywhere; of the plan that is not on offer nobody is."""


@pytest.fixture(scope="module")
def server(redis_url: str, billed: Settings, patience: None) -> Iterator[Api]:  # noqa: ARG001
    """One that has bills."""
    with serving(redis_url, bills=billed) as api:
        yield api


@pytest.fixture(autouse=True)
def announced(api: Api) -> None:
    """The home that is billed is Ada's."""
    api.town.announce(BILLED, ADA)


def operations() -> dict[str, dict[str, Any]]:
    """All that OpenAPI says there is."""
    paths = make_app(Settings()).openapi()["paths"]
    return {
        f"{method.upper()} {path}": operation
        for path, of_path in paths.items()
        for method, operation in of_path.items()
    }


OPERATIONS = operations()


def test_every_route_says_who_may_ask_it() -> None:
    assert set(MATRIX) == set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_scopes_are_those_of_the_matrix(name: str) -> None:
    scopes = OPERATIONS[name].get("x-scopes")
    entry = MATRIX[name]
    assert scopes == (None if entry.sight == "anyone" else list(entry.scopes))
    if entry.sight == "admin":
        assert scopes == ["admin:tokens"]


def asked(api: Api, name: str, parts: dict[str, str], token: str | None) -> Any:  # noqa: ANN401
    method, path = name.split(" ")
    entry = MATRIX[name]
    more: dict[str, Any] = {} if entry.body is None else {"json": entry.body}
    headers = {"X-WattStream": "1"}
    return api.ask(method, path.format(**parts) + entry.query, token, headers=headers, **more)


@pytest.mark.parametrize("name", [name for name, each in MATRIX.items() if each.sight != "anyone"])
def test_nobody_is_let_in_without_a_token(api: Api, name: str) -> None:
    for token in (None, "wst_town-0123abcd_" + "0" * 48, "none", "x" * 5_000):
        refused = asked(api, name, MATRIX[name].own, token)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert refused.headers["Content-Type"] == "application/problem+json"


READS = [name for name, each in MATRIX.items() if not each.changes]


@pytest.mark.parametrize("name", [n for n in READS if MATRIX[n].sight in ("own", "utility")])
def test_an_operator_sees_all(api: Api, name: str) -> None:
    _, token = api.town.token()
    entry = MATRIX[name]
    away = name in ("GET /v1/alerts/{alert_id}",)
    for parts in (entry.own, *(entry.others[:2] if not away else ())):
        assert asked(api, name, parts, token).status_code == entry.status, parts


@pytest.mark.parametrize("name", READS)
def test_a_customer_sees_its_own_and_nothing_else(api: Api, name: str) -> None:
    entry = MATRIX[name]
    _, token = api.town.token("customer", customer=entry.customer)

    answer = asked(api, name, entry.own, token)

    allowed = entry.sight in ("anyone", "signed in", "own", "customer")
    assert answer.status_code == (entry.status if allowed else 403)
    assert not [each for each in OF_OTHERS if each in answer.text]
    if entry.others:
        refusals = [asked(api, name, parts, token) for parts in entry.others]
        assert {each.status_code for each in refusals} == {404}
        # Byte for byte, and in every header but those of time and number.
        assert len({each.content for each in refusals}) == 1
        assert len({_headers(each) for each in refusals}) == 1


def _headers(answer: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401
    of_time = ("date", "x-request-id")
    return tuple(sorted((k, v) for k, v in answer.headers.items() if k not in of_time))


def test_an_unknown_meter_is_the_same_to_all(api: Api) -> None:
    _, operator = api.town.token()
    _, customer = api.town.token("customer", customer="c-mine")
    texts = {
        api.get(f"/v1/meters/{meter_id}", token).content
        for meter_id, token in (
            ("unknown", operator),
            ("unknown", customer),
            (NEIGHBOURS, customer),
        )
    }
    assert len(texts) == 1


def lists(customer: str) -> Iterator[tuple[str, set[str]]]:
    yield "/v1/meters", {MINE, GAS}
    yield "/v1/meters?q=home", {MINE, GAS}
    yield f"/v1/meters?customer={customer}", {MINE, GAS} if customer == "c-mine" else set()
    yield "/v1/areas/gcpuy/meters", {MINE}
    yield "/v1/areas/gcpuy/meters?commodity=gas", {GAS}


@pytest.mark.parametrize("customer", ["c-mine", "c-neighbours", "c-nobody"])
def test_lists_of_a_customer_have_its_own(api: Api, customer: str) -> None:
    _, token = api.town.token("customer", customer="c-mine")
    for path, ids in lists(customer):
        items = api.get(path, token).json()["items"]
        assert {each["meter_id"] for each in items} == ids, path


def test_a_customers_alerts_say_nothing_of_others(api: Api) -> None:
    _, token = api.town.token("customer", customer="c-mine")

    (only,) = api.get("/v1/alerts", token).json()["items"]
    assert (only["id"], only["homes_count"], only["text"]) == (OUTAGE, 1, "")
    _, other = api.town.token("customer", customer="c-neighbours")
    ids = {each["id"] for each in api.get("/v1/alerts", other).json()["items"]}
    assert ids == {OUTAGE, OVER}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_service_may_do_what_its_scopes_say(api: Api, scope: Scope) -> None:
    _, token = api.town.token("service", scope)
    implied = {scope} | ({"read:areas"} if scope == "read:live" else set())
    for name, entry in MATRIX.items():
        if entry.sight in ("anyone", "signed in") or name == "GET /v1/stream":
            continue
        status = asked(api, name, entry.own, token).status_code
        if set(entry.scopes) <= implied:
            # What Kafka or Cassandra is needed for is away here, and let in all the same.
            assert status not in (401, 403), name
        else:
            assert status == 403, name


@pytest.mark.parametrize("role", ["operator", "service"])
def test_a_namespace_sees_nothing_of_another(api: Api, role: Role) -> None:
    _, token = api.town.token(role, *(SCOPES if role == "service" else ()), namespace="other")
    assert api.get(f"/v1/meters/{MINE}", token).status_code == 404
    assert api.get("/v1/meters", token).json()["items"] == []
    assert api.get("/v1/alerts", token).json()["items"] == []
    assert api.get("/v1/fleet/now", token).json()["clock"]["state"] == "empty"
