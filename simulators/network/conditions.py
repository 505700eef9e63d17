"""What the network does to messages, and what the clocks of the meters say, reproducibly.

The fate of a message depends on the options, its meter and area, its time and its sequence number
alone: any process finds the same, in any order and for any part of the messages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from contracts.reading import AREA_LENGTH
from contracts.time import DAY_MS, MINUTE_MS
from simulators.hashing import Hashes, text_hash, uniform
from simulators.network.corruption import CORRUPTIONS
from simulators.network.pauses import DeadWriter, Pause, Span, held_back, span
from simulators.validation import Options, Share, within

MAX_LATE_S = 182 * DAY_MS // 1_000
"""Later than half a year, a clock a year ahead would no longer be ahead of the arrival."""
GEOHASH_CHARACTERS = "0-9b-hjkmnp-z"
LOGNORMAL_SPREAD = 0.75
NEVER = -1
GASP_TAKES_MS = (1_000, 20_000)
OWN_LINK = np.iinfo(np.uint64).max
"""In the place of an area's hash: a link that no loss of an area's hits."""

Area = Annotated[str, Field(pattern=rf"^[{GEOHASH_CHARACTERS}]{{{AREA_LENGTH}}}$")]
Times = NDArray[np.int64]
Draw = Callable[[str], NDArray[np.float64]]


class LinkLoss(Pause):
    """Areas lose their link for a time; then everything that waited is delivered, in its order."""

    areas_share: Share = 0.0
    """Of the areas, each chosen by its hash."""
    areas: tuple[Area, ...] = ()
    """And these, as `gcpuy`."""
    spread_minutes: Annotated[float, within(0)] = 0.0
    """The loss of an area begins up to this much later."""


class Network(Options):
    """Shares are of all messages, or of all meters where the name says so; 0 to 1."""

    seed: int = 1
    begin_ms: int = 0
    """When the run begins, simulated time: `after_minutes` and drift count from it."""

    delay: Literal["uniform", "exponential", "lognormal"] = "uniform"
    """Distribution of the usual delay between its limits. `exponential` is delay_typical_ms on
    average above the least, `lognormal` has it as the median, with a sigma of 0.75."""
    delay_min_ms: Annotated[int, within(0)] = 200
    delay_typical_ms: Annotated[int, within(1)] = 600
    delay_max_ms: Annotated[int, within(0)] = 2_100

    late_share: Share = 0.0
    """Messages that take from late_min_s to late_max_s, with evenly spread orders of magnitude."""
    late_min_s: Annotated[float, within(0.001, MAX_LATE_S)] = 60.0
    late_max_s: Annotated[float, within(0.001, MAX_LATE_S)] = 3 * 86_400.0
    lost_share: Share = 0.0
    repeat_share: Share = 0.0
    """Messages that arrive a second time, up to repeat_after_s after the first."""
    repeat_after_s: Annotated[float, within(0.001, MAX_LATE_S)] = 30.0
    lost_gasps_share: Share = 0.4
    """Of last gasps; the others take a second to twenty, and without a link none comes."""
    malformed_share: Share = 0.0
    link_losses: tuple[LinkLoss, ...] = ()
    dead_writers: tuple[DeadWriter, ...] = ()
    """They hold back whole partitions of the log, not messages: `fates` does not know them."""

    skewed_meters_share: Share = 0.0
    """Meters whose clock is wrong by up to skew_max_s, ahead or behind."""
    skew_max_s: Annotated[float, within(0, 86_400)] = 60.0
    drifting_meters_share: Share = 0.0
    """Meters whose clock gains or loses up to drift_max_s_per_day each day from the beginning."""
    drift_max_s_per_day: Annotated[float, within(0, 3_600)] = 10.0
    far_future_meters_share: Share = 0.0
    """Meters whose clock is far_future_days ahead."""
    far_future_days: Annotated[float, within(1, 10_000)] = 365.0

    @model_validator(mode="after")
    def _ranges_are_not_empty(self) -> Self:
        if self.delay_max_ms < self.delay_min_ms:
            raise ValueError(
                f"delay_max_ms is {self.delay_max_ms}: give delay_min_ms ({self.delay_min_ms}) "
                "or more"
            )
        if self.late_max_s < self.late_min_s:
            raise ValueError(
                f"late_max_s is {self.late_max_s:g}: give late_min_s ({self.late_min_s:g}) or more"
            )
        return self


@dataclass(frozen=True, slots=True)
class Fates:
    """One element per message; times are epoch ms."""

    reported_ms: Times
    """Event time by the meter's clock: what the message says."""
    arrival_ms: Times
    """NEVER if the message is lost."""
    repeat_ms: Times
    """The second arrival, or NEVER."""
    corruption: NDArray[np.int8]
    """Index into CORRUPTIONS, or -1 if the message stays whole."""


def area_hashes(geohashes: NDArray[np.bytes_]) -> Hashes:
    """Identity of the area of each geohash (ASCII), for draws."""
    areas, place = np.unique(geohashes.astype(f"S{AREA_LENGTH}"), return_inverse=True)
    return np.array([text_hash(area.decode()) for area in areas.tolist()], dtype=np.uint64)[place]


def link_hashes(geohashes: NDArray[np.bytes_], own_link: NDArray[np.bool_]) -> Hashes:
    """Identity of the link of each meter, for draws: that of its area, or OWN_LINK."""
    return np.where(own_link, OWN_LINK, area_hashes(geohashes))


def fates(
    network: Network, meter_hash: Hashes, link_hash: Hashes, ts_ms: Times, seq: Times
) -> Fates:
    """What becomes of the messages of these meters, measured at `ts_ms`.

    A malformed message is not repeated, and a lost one is neither, so the kinds add up.

    Args:
        meter_hash: `text_hash` of each meter.
        link_hash: identity of the link of each, see `link_hashes`.
    """
    number = seq.astype(np.uint64)

    def draw(purpose: str) -> NDArray[np.float64]:
        return uniform(network.seed, purpose, meter_hash, number)

    arrival_ms = ts_ms + _delay_ms(network, draw)
    malformed = _chosen(network.malformed_share, draw, "malformed", len(seq))
    corruption = np.full(len(seq), -1, dtype=np.int8)
    if malformed.any():
        corruption[malformed] = (draw("corruption") * len(CORRUPTIONS)).astype(np.int8)[malformed]

    repeat_ms = np.full(len(seq), NEVER, dtype=np.int64)
    repeated = _chosen(network.repeat_share, draw, "repeat", len(seq)) & ~malformed
    if repeated.any():
        after_ms = (draw("repeat after") * (network.repeat_after_s * 1_000)).astype(np.int64)
        repeat_ms = np.where(repeated, arrival_ms + after_ms, NEVER)

    lost_links = unlinked(network, link_hash)
    arrival_ms = held_back(arrival_ms, lost_links)
    repeat_ms = held_back(repeat_ms, lost_links)

    lost = _chosen(network.lost_share, draw, "lost", len(seq))
    return Fates(
        reported_ms=ts_ms + clocks(network, meter_hash).error_ms(ts_ms - network.begin_ms),
        arrival_ms=np.where(lost, NEVER, arrival_ms),
        repeat_ms=np.where(lost, NEVER, repeat_ms),
        corruption=corruption,
    )


def gasp_arrivals(network: Network, meter_hash: Hashes, link_hash: Hashes, ts_ms: Times) -> Times:
    """When the last gasps of these meters at these times arrive; NEVER if they are lost."""

    def draw(purpose: str) -> NDArray[np.float64]:
        return uniform(network.seed, purpose, meter_hash, ts_ms.astype(np.uint64))

    least_ms, most_ms = GASP_TAKES_MS
    arrival_ms = ts_ms + least_ms + (draw("gasp") * (most_ms - least_ms)).astype(np.int64)
    lost = draw("gasp lost") < network.lost_gasps_share
    for each in unlinked(network, link_hash):
        # a meter without power does not try again
        lost |= (each.from_ms <= arrival_ms) & (ts_ms < each.until_ms)
    return np.where(lost, NEVER, arrival_ms)


def _chosen(share: float, draw: Draw, purpose: str, size: int) -> NDArray[np.bool_]:
    """Draws nothing where nothing can be chosen: most networks have most shares at 0."""
    return draw(purpose) < share if share else np.zeros(size, dtype=np.bool_)


def _delay_ms(network: Network, draw: Draw) -> Times:
    shortest, longest = float(network.delay_min_ms), float(network.delay_max_ms)
    usual: NDArray[np.float64]
    if network.delay == "uniform":
        usual = shortest + draw("delay") * (longest - shortest)
    elif network.delay == "exponential":
        usual = shortest - np.log1p(-draw("delay")) * network.delay_typical_ms
    else:
        usual = np.exp(LOGNORMAL_SPREAD * _normal(draw)) * network.delay_typical_ms
    usual_ms = np.clip(usual, shortest, longest).astype(np.int64)
    if not network.late_share:
        return usual_ms
    orders = network.late_max_s / network.late_min_s
    late_ms = 1_000 * network.late_min_s * orders ** draw("lateness")
    return np.where(draw("late") < network.late_share, late_ms, usual_ms).astype(np.int64)


def _normal(draw: Draw) -> NDArray[np.float64]:
    """Standard normal numbers, by Box and Muller."""
    radius = np.sqrt(-2 * np.log1p(-draw("delay")))
    normal: NDArray[np.float64] = radius * np.cos(2 * np.pi * draw("delay angle"))
    return normal


def unlinked(network: Network, link_hash: Hashes) -> list[Span]:
    """When these links are lost, of each loss of the network."""
    spans = []
    for index, loss in enumerate(network.link_losses):
        named = np.array([text_hash(area) for area in loss.areas], dtype=np.uint64)
        hit = np.isin(link_hash, named)
        hit |= uniform(network.seed, f"link loss {index}", link_hash) < loss.areas_share
        hit &= link_hash != OWN_LINK
        later = uniform(network.seed, f"link loss {index} begins", link_hash) * loss.spread_minutes
        from_ms = network.begin_ms + ((loss.after_minutes + later) * MINUTE_MS).astype(np.int64)
        spans.append(span(loss, from_ms, hit))
    return spans


@dataclass(frozen=True, slots=True)
class Clocks:
    """How wrong clocks are: one element per meter."""

    ahead_ms: Times
    """At the beginning of the run; negative is behind."""
    gains_ms_per_day: NDArray[np.float64]

    def error_ms(self, since_ms: Times) -> Times:
        """By how much each is ahead, so long after the beginning."""
        return self.ahead_ms + (self.gains_ms_per_day * (since_ms / DAY_MS)).astype(np.int64)


def clocks(network: Network, meter_hash: Hashes) -> Clocks:
    """The clocks of these meters."""

    def draw(purpose: str) -> NDArray[np.float64]:
        return uniform(network.seed, purpose, meter_hash)

    def up_to(largest: float, purpose: str) -> NDArray[np.float64]:
        return largest * (2 * draw(purpose) - 1)

    ahead_ms = np.zeros(len(meter_hash), dtype=np.int64)
    gains_ms_per_day = np.zeros(len(meter_hash))
    if network.skewed_meters_share:
        skew_ms = up_to(network.skew_max_s * 1_000, "skew")
        ahead_ms += np.where(draw("skewed") < network.skewed_meters_share, skew_ms, 0).astype(
            np.int64
        )
    if network.drifting_meters_share:
        drifting = draw("drifting") < network.drifting_meters_share
        drift_ms = up_to(network.drift_max_s_per_day * 1_000, "drift")
        gains_ms_per_day = np.where(drifting, drift_ms, 0.0)
    if network.far_future_meters_share:
        far = draw("far future") < network.far_future_meters_share
        ahead_ms += np.where(far, int(network.far_future_days * DAY_MS), 0)
    return Clocks(ahead_ms, gains_ms_per_day)
