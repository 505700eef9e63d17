"""Draws the pictures of docs/simulation.md.

`uv run --group docs python docs/make_simulation_pictures.py`; everything is computed as a run
computes it, without Kafka.
"""

from datetime import UTC, datetime, timedelta
from functools import partial

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray
from picture_style import BLUE, GREEN, GREY, ORANGE, RED, save_picture, set_style

from simulators.batch import Batch
from simulators.demand.values import Fleet, make_fleet, values
from simulators.faults.choice import resolve
from simulators.faults.effects import Fault, apply
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.network.conditions import NEVER, area_hashes, fates
from simulators.run.scenario import Scenario, load_scenario

MINUTE_MS, DAY_MS = 60_000, 86_400_000

CLOCK = mdates.DateFormatter("%H:%M")  # type: ignore[no-untyped-call]

Times = NDArray[np.int64]


def main() -> None:
    """Draw all of them."""
    set_style(grid=True)
    draw_home_day()
    draw_fleet_week()
    draw_storm()


def draw_home_day() -> None:
    """Two homes on a day in June: one with appliances only, one with panels and an export meter."""
    begin_ms = _epoch_ms(2013, 6, 13)
    fleet = make_fleet(make_registry(FleetPlan(meters=200, cadence="1m", solar=0.3, ev=0)))
    registry = fleet.registry
    export = int(np.flatnonzero(registry.is_export & (registry.solar_w == 4_000))[0])
    solar = int(np.flatnonzero(registry.home == registry.home[export])[0])
    plain = int(np.flatnonzero((registry.solar_w == 0) & ~registry.business)[0])
    _, axes = plt.subplots(3, 1, figsize=(8, 6.5), sharex=True)
    for axis, meter, colour in ((axes[0], plain, BLUE), (axes[1], solar, ORANGE)):
        day = _readings_of(fleet, np.array([meter]), begin_ms, begin_ms + DAY_MS)
        axis.plot(_dates(day.ts_ms), day.demand_m / 1e6, color=colour, lw=0.8)
        axis.fill_between(_dates(day.ts_ms), day.demand_m / 1e6, color=colour, alpha=0.25, lw=0)
        axis.set_ylabel("demand, kW")
        axis.set_title(_home_title(fleet, meter), loc="left", fontsize=9)
    for meter, colour, label in (
        (plain, BLUE, "home without panels"),
        (solar, ORANGE, "home with panels: import"),
        (export, GREEN, "home with panels: export"),
    ):
        day = _readings_of(fleet, np.array([meter]), begin_ms, begin_ms + DAY_MS)
        gained_kwh = (day.register_m - day.register_m[0]) / 1e6
        axes[2].plot(_dates(day.ts_ms), gained_kwh, color=colour, lw=1.4, label=label)
    axes[2].set_ylabel("register since midnight, kWh")
    axes[2].legend(loc="upper left")
    axes[2].xaxis.set_major_formatter(CLOCK)
    axes[2].set_xlabel("Thursday, 13 June 2013, UTC")
    save_picture("home-day.png")


def draw_fleet_week() -> None:
    """Mean demand of 1,000 meters, households and businesses, in a cold and in a warm week."""
    fleet = make_fleet(make_registry(FleetPlan(meters=1_000, cadence="30m")))
    imports = np.flatnonzero(~fleet.registry.is_export)
    _, axes = plt.subplots(2, 1, figsize=(8, 5), sharex=True)
    for month, day, colour in ((1, 14, BLUE), (7, 15, ORANGE)):
        begin_ms = _epoch_ms(2013, month, day)
        week = _readings_of(fleet, imports, begin_ms + MINUTE_MS, begin_ms + 7 * DAY_MS)
        business = fleet.registry.business[week.meter]
        for axis, rows in zip(axes, (~business, business), strict=True):
            ts_ms, mean_w = _mean_by_time(week.take(rows))
            label = f"{datetime(2013, month, day, tzinfo=UTC):from %d %B %Y}"
            axis.plot((ts_ms - begin_ms) / DAY_MS, mean_w / 1e3, color=colour, lw=1.3, label=label)
    for axis, who in zip(axes, ("households", "businesses"), strict=True):
        axis.set_title(who, loc="left", fontsize=9)
        axis.set_ylabel("mean demand, kW")
        axis.set_ylim(bottom=0)
        axis.set_xlim(0, 7)
    axes[0].set_ylim(top=1.2)
    axes[0].legend(loc="upper left", ncols=2)
    axes[1].set_xticks(range(7), ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
    save_picture("fleet-week.png")


def draw_storm() -> None:
    """Messages that reach the platform each minute, for four areas of the scenario `storm`."""
    scenario = load_scenario("storm")
    fleet = make_fleet(make_registry(scenario.fleet))
    faults = resolve(
        scenario.faults,
        fleet.registry,
        partial(values, fleet),
        seed=scenario.seed,
        begin_ms=scenario.begin_ms,
    )
    dark = {
        place for fault in faults if fault.options.kind == "area_outage" for place in fault.place
    }
    areas, area_of = np.unique(fleet.registry.area, return_inverse=True)
    measured, received = _per_minute(scenario, fleet, faults, area_of, len(areas))
    # a link that is lost shows as the largest minute among the areas
    burst = received.max(axis=1) / np.median(measured, axis=1).clip(1)
    is_dark = np.isin(areas, list(dark))
    meters = np.bincount(area_of)
    chosen = [
        int(np.argmax(np.where(rule, meters, 0)))
        for rule in (
            ~is_dark & (burst < 2),
            is_dark & (burst < 2),
            ~is_dark & (burst > 4),
            is_dark & (burst > 4),
        )
    ]
    titles = (
        "nothing special but a few lost and repeated messages",
        "no power for 25 minutes",
        "no link for 20 minutes, then everything at once",
        "no power, and no link",
    )
    _, axes = plt.subplots(4, 1, figsize=(8, 8), sharex=True)
    time = _dates(scenario.begin_ms + MINUTE_MS * np.arange(received.shape[1]))
    for axis, area, title in zip(axes, chosen, titles, strict=True):
        axis.fill_between(
            time, measured[area], step="post", color=GREY, alpha=0.35, lw=0, label="measured"
        )
        axis.step(time, received[area], where="post", color=RED, lw=1.2, label="received")
        axis.set_yscale("symlog", linthresh=1_000)
        axis.set_ylim(0, max(3_000, received[area].max() * 1.3))
        axis.set_ylabel("readings a minute")
        axis.set_title(
            f"{areas[area].decode()} ({meters[area]} meters): {title}", loc="left", fontsize=9
        )
    axes[0].legend(loc="upper right", ncols=2)
    axes[-1].xaxis.set_major_formatter(CLOCK)
    axes[-1].set_xlabel("23 December 2013, UTC")
    save_picture("storm.png")


def _per_minute(
    scenario: Scenario, fleet: Fleet, faults: tuple[Fault, ...], area_of: Times, areas: int
) -> tuple[Times, Times]:
    """[area, minute]: readings that meters sent, by event time, and that came, by arrival."""
    registry = fleet.registry
    minutes = round(scenario.minutes) + 15
    measured = np.zeros((areas, minutes), dtype=np.int64)
    received = np.zeros_like(measured)
    area_hash = area_hashes(registry.geohash)

    def count(into: Times, meter: NDArray[np.int32], at_ms: Times) -> None:
        minute = (at_ms - scenario.begin_ms) // MINUTE_MS
        inside = (minute >= 0) & (minute < minutes)
        np.add.at(into, (area_of[meter[inside]], minute[inside]), 1)

    everyone = np.arange(len(registry))
    for begin_ms in range(scenario.begin_ms, scenario.end_ms, 10 * MINUTE_MS):
        until_ms = min(begin_ms + 10 * MINUTE_MS, scenario.end_ms)
        batch = apply(faults, _readings_of(fleet, everyone, begin_ms, until_ms))
        fate = fates(
            scenario.network,
            registry.meter_hash[batch.meter],
            area_hash[batch.meter],
            batch.ts_ms,
            batch.seq,
        )
        count(measured, batch.meter, batch.ts_ms)
        for arrival_ms in (fate.arrival_ms, fate.repeat_ms):
            came = arrival_ms != NEVER
            count(received, batch.meter[came], arrival_ms[came])
    return measured, received


def _readings_of(fleet: Fleet, meters: Times, begin_ms: int, until_ms: int) -> Batch:
    """Everything that these meters read in [begin, until), in the order of time."""
    cadence_ms = fleet.registry.cadence_ms[meters]
    first_ms = begin_ms + (fleet.registry.phase_ms[meters] - begin_ms) % cadence_ms
    number = -(-(until_ms - first_ms) // cadence_ms)
    place = np.repeat(np.arange(len(meters)), number)
    which = np.arange(len(place)) - np.repeat(number.cumsum() - number, number)
    ts_ms = first_ms[place] + which * cadence_ms[place]
    order = np.argsort(ts_ms, kind="stable")
    return values(fleet, meters[place][order].astype(np.int32), ts_ms[order])


def _mean_by_time(batch: Batch) -> tuple[Times, NDArray[np.float64]]:
    ts_ms, place = np.unique(batch.ts_ms, return_inverse=True)
    return ts_ms, np.bincount(place, batch.demand_m / 1e3) / np.bincount(place)


def _home_title(fleet: Fleet, meter: int) -> str:
    registry = fleet.registry
    panels = f", {registry.solar_w[meter] / 1e3:g} kW of panels" if registry.solar_w[meter] else ""
    return f"{registry.meter_id[meter].decode()}{panels}"


def _epoch_ms(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000


def _dates(ts_ms: Times) -> list[datetime]:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [epoch + timedelta(milliseconds=ms) for ms in ts_ms.tolist()]


if __name__ == "__main__":
    main()
