"""Plans a fleet: which meters there are, where, and how often they read.

A meter is a function of the plan's seed, place and profile and of its number: the first hundred
meters of a million are those of a fleet of a hundred. Only where a home is misplaced to, and what a
transformer is rated for, depends on the fleet.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.meters import EXPORT_SUFFIX, KINDS
from contracts.time import MINUTE_MS, SECOND_MS
from simulators.errors import OptionError, check_known
from simulators.fleet import geohash
from simulators.fleet.london_grid import points
from simulators.fleet.places import London, Place, parse_place
from simulators.fleet.registry import (
    PROFILES,
    TARIFFS,
    USED,
    Registry,
    Text,
)
from simulators.fleet.supply_meters import with_supply_meters
from simulators.hashing import Hashes, normal, text_hashes, uniform

CADENCES_MS = {"1s": SECOND_MS, "5s": 5 * SECOND_MS, "1m": MINUTE_MS, "30m": 30 * MINUTE_MS}
MIXED_CADENCE = {"1s": 0.1, "5s": 0.2, "1m": 0.3, "30m": 0.4}
"""Share of the meters with each cadence."""
SUPPLY_CADENCE_MS = MINUTE_MS
"""Of the supply meters of such a fleet; else they read as often as the homes' do."""
MIXED_COMMODITIES = {"electricity": 0.7, "gas": 0.15, "water": 0.15}
BUSINESS_PERCENT = 6
DYNAMIC_SHARE = 0.2
SOLAR_W = (2_000, 3_000, 4_000, 6_000)
MAX_METERS = 9_999_999
"""Seven digits of the meter's id."""
INTERVAL_SHARES = ("estimated_share", "revised_share")
"""Options of fleets of interval meters."""
SHARES = ("solar", "ev", "misplaced_share", "gasp_share", "supply_share")
ERRORS = ("gain_error", "supply_gain_error", "supply_noise", "supply_wander")
LARGEST_ERROR = 0.1

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What fleet to make; `None` is what the profile says.

    Raises:
        OptionError: names the option, its value and what it may be.
    """

    meters: int = 100
    seed: int = 1
    profile: str = "london"
    """`london`; `legacy-a`: 9,862 homes of London, electricity every second; `legacy-d`: three
    commodities per home in 51 US states, every 5 s."""
    place: str | None = None
    """`london`, `us`, or south,west,north,east in degrees."""
    commodity: str | None = None
    """One, or `mixed`."""
    cadence: str | None = None
    """`1s`, `5s`, `1m`, `30m`, or `mixed`."""
    solar: float | None = None
    """Share of households with panels; their export register is a meter on top of `meters`."""
    ev: float | None = None
    """Share of households that charge a car."""
    announce: bool = True
    """Whether the log of readings says what is known of each meter."""
    kind: str = "register"
    """`register`: a register and the demand; `interval`: the energy of the interval, and a register
    besides."""
    estimated_share: float = 0.0
    """Readings of interval meters that say that they are estimated."""
    revised_share: float = 0.0
    """Readings of interval meters that are an estimate at first and are revised later."""
    seq_bits: int | None = None
    """Bits of the meters' sequence numbers: 16 or 32, after which they begin again at 0."""
    misplaced_share: float = 0.0
    """Homes with electricity that the registry has behind a neighbouring transformer."""
    gasp_share: float = 0.0
    """Homes' meters that say so when they lose power."""
    gain_error: float = 0.0
    """How wrong the meters of homes with electricity are: standard deviation, as a share."""
    supply_share: float = 0.0
    """Feeders with electricity that have a supply meter, each a meter on top of `meters`."""
    supply_gain_error: float = 0.005
    """How wrong supply meters are."""
    supply_noise: float = 0.003
    """The same, of each half-hour on its own."""
    supply_wander: float = 0.01
    """Slow error of supply meters: standard deviation, as a share of the feeder's mean load."""

    def __post_init__(self) -> None:
        check_known("--profile", (self.profile,), PROFILES)
        check_known("--commodity", (self.commodity,), (*USED, "mixed"))
        check_known("--cadence", (self.cadence,), (*CADENCES_MS, "mixed"))
        most = len(points()[0]) if self.profile == "legacy-a" else MAX_METERS
        if not 1 <= self.meters <= most:
            raise OptionError(f"--meters is {self.meters}: give 1 to {most}")
        check_known("--kind", (self.kind,), KINDS)
        check_known("--seq_bits", (self.seq_bits,), (16, 32))
        for option in (*SHARES, *INTERVAL_SHARES):
            share = getattr(self, option)
            if share is not None and not 0 <= share <= 1:
                raise OptionError(f"--{option} is {share}: give a share between 0 and 1")
            if share and option in INTERVAL_SHARES and self.kind != "interval":
                raise OptionError(
                    f"--{option} is {share}: only interval meters estimate, give kind interval"
                )
        for option in ERRORS:
            if not 0 <= (error := getattr(self, option)) <= LARGEST_ERROR:
                raise OptionError(
                    f"--{option} is {error}: give a share between 0 and {LARGEST_ERROR}"
                )
        if self.supply_share and self.profile != "london":
            raise OptionError(
                f"--supply_share is {self.supply_share}: only the profile london has supply meters"
            )
        parse_place(self.place or "london")
        if self.profile != "london":
            self._keep_to_the_reference()

    def _keep_to_the_reference(self) -> None:
        for option in ("place", "commodity", "cadence", "solar", "ev"):
            if (value := getattr(self, option)) is not None:
                raise OptionError(
                    f"--{option} is {value}: the profile {self.profile} fixes it; leave it out"
                )
        if self.profile == "legacy-d" and self.meters % len(USED):
            raise OptionError(
                f"--meters is {self.meters}: a home of legacy-d has three, give a multiple of 3"
            )


def make_registry(plan: FleetPlan) -> Registry:
    """The fleet's registry; export registers come after the `plan.meters` meters, and after them
    supply meters."""
    number = np.arange(plan.meters, dtype=np.int64)
    if plan.profile == "legacy-d":
        home, commodity = np.divmod(number, len(USED))
    else:
        home, commodity = number, _commodities(plan, number)
    place = _place(plan)
    sites = place.sites(home, plan.seed)
    regions = np.array(place.regions, dtype=np.bytes_)[sites.region]
    known = place.jurisdictions
    ids = _numbered(regions, home + 1, 7)
    if plan.profile == "legacy-d":
        ids = _joined(ids, np.array([b":e", b":g", b":w"])[commodity])
    business = (home + 1) * BUSINESS_PERCENT // 100 > home * BUSINESS_PERCENT // 100
    cadence_ms, phase_ms = _rhythm(plan, number)
    electric_home = (commodity == 0) & ~business & (plan.profile == "london")
    solar = electric_home & (_draw(plan, "solar", home) < _or(plan.solar, 0.05))
    feeder = _numbered(_joined(regions, np.array([b"-t"])), sites.feeder + 1, 6)
    geohashes = geohash.encode(sites.latitude, sites.longitude)
    registry = Registry(
        seed=plan.seed,
        profile=PROFILES[PROFILES.index(plan.profile)],
        kind=KINDS[KINDS.index(plan.kind)],
        meter_id=ids,
        geohash=geohashes,
        latitude=sites.latitude,
        longitude=sites.longitude,
        region=regions,
        region_code=np.array([each.code for each in known], dtype=np.bytes_)[sites.region],
        time_zone=np.array([each.time_zone for each in known], dtype=np.bytes_)[sites.region],
        feeder=feeder,
        announced_feeder=np.where(
            commodity == 0, _announced_feeder(plan, home, feeder, geohashes), feeder
        ),
        home=home.astype(np.int32),
        commodity=commodity.astype(np.int8),
        business=business,
        tariff=np.where(
            _draw(plan, "tariff", home) < DYNAMIC_SHARE,
            TARIFFS.index("dynamic"),
            TARIFFS.index("flat"),
        ).astype(np.int8),
        cadence_ms=cadence_ms,
        phase_ms=phase_ms,
        solar_w=np.where(
            solar, np.array(SOLAR_W)[(_draw(plan, "panels", home) * len(SOLAR_W)).astype(int)], 0
        ).astype(np.int32),
        is_export=np.zeros(plan.meters, dtype=np.bool_),
        ev=electric_home & (_draw(plan, "ev", home) < _or(plan.ev, 0.05)),
        gain_ppm=np.where(commodity == 0, _gain_ppm(plan, home), 0).astype(np.int32),
        capacity_w=np.zeros(plan.meters, dtype=np.int32),
        installed_ms=np.zeros(plan.meters, dtype=np.int64),
        meter_hash=text_hashes(ids),
    )
    registry = _with_export(registry)
    if not plan.supply_share:
        return registry
    return with_supply_meters(
        registry,
        plan.supply_share,
        cadence_ms=SUPPLY_CADENCE_MS if plan.cadence == "mixed" else int(cadence_ms[0]),
        gain_error=plan.supply_gain_error,
    )


def _gain_ppm(plan: FleetPlan, home: Ints) -> NDArray[np.float64]:
    if not plan.gain_error:
        return np.zeros(len(home))
    wrong = normal(plan.seed, "fleet gain", home.astype(np.uint64))
    gain_ppm: NDArray[np.float64] = np.rint(1e6 * plan.gain_error * wrong)
    return gain_ppm


def _with_export(registry: Registry) -> Registry:
    """The fleet, and a meter more for each home that can export."""
    solar = np.flatnonzero(registry.solar_w)
    if not len(solar):
        return registry
    rows = np.concatenate([np.arange(len(registry)), solar])
    whole = registry.take(rows)
    is_export = np.arange(len(rows)) >= len(registry)
    ids = np.where(is_export, _joined(whole.meter_id, np.array([EXPORT_SUFFIX.encode()])), b"")
    ids = np.where(is_export, ids, whole.meter_id)
    return Registry(
        **{name: getattr(whole, name) for name in Registry.__slots__}
        | {"meter_id": ids, "is_export": is_export, "meter_hash": text_hashes(ids)}
    )


def _announced_feeder(plan: FleetPlan, home: Ints, feeder: Text, geohashes: Text) -> Text:
    """Of misplaced homes the next transformer or the one before, in the order of geohashes; with a
    single one nobody is misplaced."""
    if not plan.misplaced_share:
        return feeder
    names, first, place = np.unique(feeder, return_index=True, return_inverse=True)
    last = len(names) - 1
    if not last:
        return feeder
    order = np.argsort(geohashes[first], kind="stable")
    number = np.argsort(order)[place]
    step = np.where(_draw(plan, "misplaced to", home) < 0.5, -1, 1)
    step = np.where(number == 0, 1, np.where(number == last, -1, step))
    misplaced = _draw(plan, "misplaced", home) < plan.misplaced_share
    return np.where(misplaced, names[order[number + step]], feeder)


def _place(plan: FleetPlan) -> Place:
    if plan.profile == "legacy-a":
        return London(in_order=True)
    return parse_place("us" if plan.profile == "legacy-d" else plan.place or "london")


def _commodities(plan: FleetPlan, number: Ints) -> Ints:
    wanted = plan.commodity or "electricity"
    if wanted != "mixed":
        return np.full_like(number, USED.index(wanted))
    limits = np.cumsum([MIXED_COMMODITIES[name] for name in USED])[:-1]
    return np.searchsorted(limits, _draw(plan, "commodity", number), side="right")


def _rhythm(plan: FleetPlan, number: Ints) -> tuple[Ints, Ints]:
    """Cadence and phase. Five seconds and a minute are spread over their seconds; half-hours end
    on the clock, as real ones do."""
    wanted = plan.cadence or {"legacy-d": "5s"}.get(plan.profile, "1s")
    names = tuple(MIXED_CADENCE) if wanted == "mixed" else (wanted,)
    shares = [MIXED_CADENCE[name] if wanted == "mixed" else 1.0 for name in names]
    kind = np.searchsorted(np.cumsum(shares)[:-1], _draw(plan, "cadence", number), side="right")
    cadence_ms = np.array([CADENCES_MS[name] for name in names])[kind]
    second = (_draw(plan, "phase", number) * (cadence_ms // 1_000)).astype(np.int64)
    spread = (cadence_ms < CADENCES_MS["30m"]) & (plan.profile == "london")
    return cadence_ms, np.where(spread, second * 1_000, 0)


def _draw(plan: FleetPlan, purpose: str, number: Ints) -> NDArray[np.float64]:
    parts: Hashes = number.astype(np.uint64)
    return uniform(plan.seed, f"fleet {purpose}", parts)


def _or(share: float | None, usual: float) -> float:
    return usual if share is None else share


def _numbered(prefix: Text, number: Ints, digits: int) -> Text:
    """`prefix-0000001` and so on."""
    zeros = np.char.zfill(number.astype(f"S{digits}"), digits)
    return _joined(prefix, np.array([b"-"]), zeros)


def _joined(*parts: Text) -> Text:
    text = parts[0]
    for part in parts[1:]:
        text = np.char.add(text, part)
    return text
