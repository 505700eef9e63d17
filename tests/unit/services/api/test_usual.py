"""What is usual for a meter, told with its bars: as the model has it, and to nobody else."""

import csv
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from msgspec.json import encode

from contracts.digest import customer_key, meter_ids_key, registry_key
from contracts.models import UNUSUAL_USE
from contracts.settings import Settings
from contracts.time import HOUR_MS
from detection.unusual.model_files import TABLES, Model
from services.api import usual
from services.api.app import make_app
from tests.support.models import by_chance
from tests.unit.detection.unusual.test_usual import looked_up
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.judged import judged
from tests.unit.services.api.town import GAS, MINE, NEIGHBOURS, entry

MIDNIGHT_MS = 1_387_670_400_000
"""Sunday, 2013-12-22 in London, which has UTC then."""
FROM_MS = MIDNIGHT_MS + 6 * HOUR_MS
"""From when on hours are judged."""
DAY = "start=2013-12-22T00:00:00&end=2013-12-23T00:00:00"
FIELDS = ("usual_least_wh", "usual_wh", "usual_most_wh")
KNOWN = (MINE, NEIGHBOURS)
ROW = sorted(KNOWN).index(MINE)
UNKNOWN = (None, None, None)


@pytest.fixture
def model() -> Model:
    return by_chance(np.random.default_rng(5), KNOWN, 300.0)


@pytest.fixture
def published(api: Api, model: Model, tmp_path: Path) -> Iterator[Settings]:
    """The town's, whose hours are judged by the model."""
    with judged(api, tmp_path, model, FROM_MS) as settings:
        yield settings


def bars(api: Api, query: str = "", meter: str = MINE, token: str | None = None) -> dict[str, Any]:
    """The answer about a meter's day."""
    if token is None:
        _, token = api.town.token()
    answer = api.get(f"/v1/meters/{meter}/energy?{DAY}{query}", token)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def said(answer: dict[str, Any]) -> list[tuple[float | None, ...]]:
    """What is usual, by bar."""
    return [tuple(each[name] for name in FIELDS) for each in answer["items"]]


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(("resolution", "a_bar"), [("PT30M", 0.5), ("PT1H", 1.0)])
def test_bars_of_hours_and_halves_say_what_is_usual(
    api: Api, model: Model, resolution: str, a_bar: float
) -> None:
    answer = bars(api, f"&resolution={resolution}")

    assert len(answer["items"]) == 24 / a_bar
    for number, each in enumerate(said(answer)):
        at_ms = MIDNIGHT_MS + int(number * a_bar) * HOUR_MS
        if at_ms < FROM_MS:
            assert each == UNKNOWN
            continue
        hour = np.array(looked_up(model, ROW, at_ms))
        assert each == pytest.approx(tuple(a_bar * hour), abs=0.051)
    assert answer["usual_of"] == ("meter" if model.tables.own[ROW] else "group")
    columns = bars(api, f"&resolution={resolution}&shape=columns")
    assert columns["usual_of"] == answer["usual_of"]
    assert [tuple(row) for row in zip(*(columns["columns"][n] for n in FIELDS), strict=True)] == (
        said(answer)
    )


@pytest.mark.usefixtures("published")
def test_hours_of_another_zone_are_shares_of_the_models_hours(api: Api, model: Model) -> None:
    # Bars from half past to half past.
    answer = bars(api, "&resolution=PT1H&tz=Asia/Kolkata&end=2013-12-23T00:00:00%2B05:30")

    last = MIDNIGHT_MS + 17 * HOUR_MS
    halves = [np.array(looked_up(model, ROW, at_ms)) / 2 for at_ms in (last, last + HOUR_MS)]
    assert said(answer)[-1] == pytest.approx(tuple(halves[0] + halves[1]), abs=0.051)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("meter", "query"),
    [
        (MINE, "&resolution=P1D"),
        (MINE, "&resolution=PT15M"),
        (GAS, ""),
        (MINE, "&commodity=gas"),
        ("home-unannounced", ""),
    ],
)
def test_nothing_is_said_where_no_model_says_it(api: Api, meter: str, query: str) -> None:
    answer = bars(api, query, meter)
    assert set(said(answer)) == {UNKNOWN}
    assert answer["usual_of"] is None


def test_without_a_model_nothing_is_said(api: Api) -> None:
    answer = bars(api)
    assert set(said(answer)) == {UNKNOWN}
    assert answer["usual_of"] is None
    columns = bars(api, "&shape=columns")["columns"]
    assert [columns[name] for name in FIELDS] == [None] * 3


@pytest.mark.usefixtures("published")
def test_a_file_to_download_has_what_was_measured_alone(api: Api) -> None:
    _, token = api.town.token()
    text = api.get(f"/v1/meters/{MINE}/energy?{DAY}&format=csv", token).text
    assert next(csv.reader(io.StringIO(text))) == ["start", "end", "energy_wh", "unit", "quality"]


@pytest.mark.usefixtures("published")
def test_demand_11_what_is_usual_for_the_neighbours_is_nobodys_business(api: Api) -> None:
    _, operator = api.town.token()
    assert UNKNOWN not in said(bars(api, meter=NEIGHBOURS, token=operator))[12:]
    _, customer = api.town.token("customer", customer="c-mine")
    assert UNKNOWN not in said(bars(api, token=customer))[12:]
    others, unknown = (
        api.get(f"/v1/meters/{meter}/energy?{DAY}", customer) for meter in (NEIGHBOURS, "nobody")
    )
    assert others.status_code == unknown.status_code == 404
    assert others.content == unknown.content
    listed = api.get(f"/v1/exports/energy?{DAY}", customer)
    assert "usual" not in listed.text


@pytest.mark.usefixtures("published")
def test_a_meter_of_the_same_name_in_another_namespace_has_no_model(api: Api) -> None:
    other, client = "elsewhere", api.town.client
    client.hset(registry_key(other), MINE, encode(entry("electricity", "c-mine")))
    client.sadd(customer_key(other, "c-mine"), MINE)
    client.zadd(meter_ids_key(other), {MINE: 0})
    _, token = api.town.token("customer", customer="c-mine", namespace=other)
    # Whoever is the first to ask.
    assert set(said(bars(api, token=token))) == {UNKNOWN}
    assert UNKNOWN not in said(bars(api))[12:]
    assert set(said(bars(api, token=token))) == {UNKNOWN}


def test_bars_go_on_where_a_model_is_broken(
    api: Api, published: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    (path,) = (published.models_dir / UNUSUAL_USE).glob(f"*/{TABLES}")
    path.write_bytes(b"broken")
    with caplog.at_level(logging.WARNING):
        assert set(said(bars(api))) == {UNKNOWN}
        assert len(bars(api)["items"]) == 48
    (told,) = [each for each in caplog.records if each.name == usual.__name__]
    assert str(path.parent.name) in told.getMessage()


@pytest.mark.usefixtures("published")
def test_bars_do_not_wait_for_a_model_that_takes_its_time(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Event()
    monkeypatch.setattr(usual, "WAIT_S", 0.05)
    monkeypatch.setattr(usual, "PublishedModels", lambda *_: ended.wait(60))
    try:
        assert set(said(bars(api))) == {UNKNOWN}
    finally:
        ended.set()


def test_its_fields_are_documented(api: Api) -> None:
    schemas = make_app(api.parts.settings, api.parts).openapi()["components"]["schemas"]
    bar = schemas["EnergyBar"]["properties"]
    for name in FIELDS:
        assert bar[name]["anyOf"] == [{"type": "number"}, {"type": "null"}]
        assert len(bar[name]["description"]) > 40
    assert schemas["MeterEnergy"]["properties"]["usual_of"]["description"]
