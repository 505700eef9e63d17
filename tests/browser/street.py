"""A street of the city, for who looks at single meters: what they say now, and the history of a
home whose days are as days of people are."""

from collections.abc import Iterator
from math import exp
from random import Random

import numpy as np
from msgspec.json import encode

from adapters.meter_history import AreaMinute
from contracts.digest import customer_key, meter_ids_key, places_key, registry_key
from contracts.energy import Point
from contracts.live import live_key
from contracts.meters import Meter
from contracts.reading import Commodity
from contracts.settings import Settings
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from detection.unusual.calendar import Calendar
from detection.unusual.hours import Hours
from detection.unusual.model_files import Model
from detection.unusual.scoring import CHANNELS
from detection.unusual.tables import TRAINING_DAYS, fit
from tests.browser.city import AREAS, LARGEST, NAMESPACE, STREAM
from tests.browser.homes import Drawing
from tests.browser.serving import Served
from tests.support.models import CARD, publish_all
from tests.unit.services.api.town import entry, live

AREA = "gcpuy"
HOME, HOME_GAS = "MAC000014", "MAC000014-gas"
OTHERS = [f"MAC{number:06}" for number in range(20, 68)]
DAYS = 23
MIDNIGHT = STREAM - STREAM % DAY_MS
"""Of the day that the stream is in; London has UTC then."""
SILENT = (MIDNIGHT + 4 * HOUR_MS + 10 * MINUTE_MS, MIDNIGHT + 6 * HOUR_MS + 40 * MINUTE_MS)
LATE = (MIDNIGHT + 9 * HOUR_MS + 35 * MINUTE_MS, MIDNIGHT + 9 * HOUR_MS + 50 * MINUTE_MS)
ESTIMATED = (MIDNIGHT - 3 * DAY_MS, MIDNIGHT - 2 * DAY_MS)


def settle(served: Served) -> None:
    """Let the street live in a city that has settled."""
    client, draw = served.city.client, Random(14)
    demands = {name: demand for name, _, demand in LARGEST}
    demands |= {name: float(draw.randrange(60, 2_900)) for name in OTHERS}
    demands[HOME] = 612.0
    for name, demand in sorted(demands.items()):
        age_ms = draw.randrange(1, 60) * 1_000
        is_silent = name in OTHERS[7::9]
        last_ms = STREAM - (age_ms if not is_silent else age_ms * 240)
        value = live(
            "electricity",
            last_ms,
            demand=demand,
            register=4_000_000.0 + 1_731.25 * draw.randrange(3_000),
            energy_today=demand * 11.5,
            cadence_ms=MINUTE_MS,
            holds_until_ms=last_ms + 3 * MINUTE_MS,
            voltage_v=239.0 + draw.randrange(40) / 10,
        )
        add(served, name, "electricity", f"c-{name[-3:]}", MINUTE_MS)
        client.hset(live_key(NAMESPACE, "electricity", AREA), name, encode(value))
    add(served, HOME_GAS, "gas", f"c-{HOME[-3:]}", 30 * MINUTE_MS)
    gas = live("gas", STREAM - 11 * MINUTE_MS, demand=840.0, holds_until_ms=STREAM + HOUR_MS)
    client.hset(live_key(NAMESPACE, "gas", AREA), HOME_GAS, encode(gas))
    for name in (HOME, HOME_GAS):
        client.sadd(customer_key(NAMESPACE, f"c-{HOME[-3:]}"), name)
    kept = served.parts.kept_history
    points, said = readings()
    late = [each for each in points if LATE[0] <= each.at_ms < LATE[1]]
    on_time = [each for each in points if each not in late]
    served.parts.kept_history = Drawing(
        points={(HOME, "electricity"): on_time},
        late={(HOME, "electricity"): late},
        alerts=kept.alerts,
        area=area_minutes(),
        cadence_ms=MINUTE_MS,
        demands_w=said,
    )


def add(served: Served, name: str, commodity: Commodity, customer: str, cadence_ms: int) -> None:
    """Announce a meter, in the area of the street."""
    client = served.city.client
    said: Meter = entry(commodity, customer, cadence_ms)
    said["feeder"] = "sim-t-000077"
    client.hset(registry_key(NAMESPACE), name, encode(said))
    client.hset(places_key(NAMESPACE, commodity), name, AREA)
    client.zadd(meter_ids_key(NAMESPACE), {name: 0})


def usual_w(at_ms: int) -> float:
    """What a home draws at a time of the day: little at night, more for breakfast and supper."""
    hour = at_ms % DAY_MS / HOUR_MS
    return (
        170 + 620 * exp(-(((hour - 7.6) / 0.9) ** 2)) + 1_250 * exp(-(((hour - 18.7) / 1.8) ** 2))
    )


def drawn(seed: int, begin_ms: int, end_ms: int) -> Iterator[tuple[int, float]]:
    """What a home draws minute by minute, W: more on some days than on others, and with kettles."""
    draw, kettle = Random(seed), 0
    for at_ms in range(begin_ms, end_ms, MINUTE_MS):
        of_day = 0.8 + 0.5 * ((at_ms // DAY_MS * 7) % 5) / 4
        kettle = kettle - 1 if kettle else 4 * (draw.random() < usual_w(at_ms) / 90_000)
        w = usual_w(at_ms) * of_day * draw.uniform(0.7, 1.3) + (2_400 if kettle else 0)
        yield at_ms, w


def readings() -> tuple[list[Point], dict[int, list[float]]]:
    """Three weeks of a home by the minute, and what it drew in each: with a time in which it was
    not heard, and a day that was estimated."""
    points: list[Point] = []
    said: dict[int, list[float]] = {}
    register = 4_812_000_000
    for seq, (at_ms, w) in enumerate(drawn(7, MIDNIGHT - DAYS * DAY_MS, STREAM)):
        register += round(w * 1_000 / 60)
        if SILENT[0] <= at_ms < SILENT[1]:
            continue
        is_estimated = ESTIMATED[0] <= at_ms < ESTIMATED[1]
        points.append(Point(at_ms, register, seq, estimated=is_estimated))
        said[at_ms - at_ms % MINUTE_MS] = [w]
    return points, said


def publish_usual(settings: Settings) -> None:
    """Let a model know what is usual for the home, of eight weeks before its three."""
    until_ms = MIDNIGHT - DAYS * DAY_MS
    begin_ms = until_ms - TRAINING_DAYS * DAY_MS
    minutes_mwh = np.array([w * 1_000 / 60 for _, w in drawn(8, begin_ms, until_ms)])
    energy_mwh = minutes_mwh.reshape(1, -1, 60).sum(axis=2).astype(np.int64)
    hours = Hours((HOME,), begin_ms, energy_mwh, np.ones(energy_mwh.shape, dtype=np.bool_))
    calendar = Calendar("Europe/London")
    tau = (1.0,) * len(CHANNELS)
    publish_all(settings, (Model(fit(hours, calendar), tau, calendar, CARD), until_ms))


def area_minutes() -> list[AreaMinute]:
    """The day of the area, which ends with what it draws now."""
    demand, reporting, holding, silent = AREAS[AREA]
    draw = Random(3)
    end = usual_w(STREAM)
    return [
        AreaMinute(
            at_ms,
            reporting,
            reporting + holding + silent,
            silent if at_ms > STREAM - HOUR_MS // 4 else 4,
            demand * usual_w(at_ms) / end * draw.uniform(0.97, 1.03),
        )
        for at_ms in range(MIDNIGHT, STREAM, MINUTE_MS)
    ]
