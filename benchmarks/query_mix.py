"""What readers of a fleet ask, and how often: the mix of `wattstream bench queries`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Literal

Kind = Literal["meter now", "area now", "fleet", "top", "day of a meter", "month of a meter"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Something that is asked."""

    kind: Kind
    percent: int
    """Of all requests."""
    bar_ms: float
    """What 99 % of the answers must not take longer than."""


ENDPOINTS = (
    Endpoint("meter now", 50, 20.0),
    Endpoint("area now", 17, 20.0),
    Endpoint("fleet", 15, 20.0),
    Endpoint("top", 10, 20.0),
    Endpoint("day of a meter", 6, 100.0),
    Endpoint("month of a meter", 2, 100.0),
)
PAST_DAYS = 30
"""Of which there is history."""
TODAY_SHARE = 0.5
"""Of the days that are asked for: today is partly in minutes, and costs the most."""


@dataclass(frozen=True, slots=True)
class World:
    """What there is to be asked of."""

    meters: tuple[str, ...]
    areas: tuple[str, ...]
    """Of electricity."""
    with_history: tuple[str, ...]
    """Meters of which there is a month of history."""
    today: date
    """In the zone of the meters."""


def chosen(random: Random, number: int) -> list[int]:
    """Which of ENDPOINTS is asked, time after time."""
    weights = [each.percent for each in ENDPOINTS]
    return random.choices(range(len(ENDPOINTS)), weights, k=number)


def address(kind: Kind, world: World, random: Random) -> str:
    """Path and query of a request."""
    match kind:
        case "meter now":
            return f"/v1/meters/{random.choice(world.meters)}/now"
        case "area now":
            return f"/v1/areas/{random.choice(world.areas)}/now"
        case "fleet":
            return "/v1/fleet/now"
        case "top":
            return f"/v1/top?by={random.choice(('power', 'energy', 'register'))}"
        case "day of a meter":
            meter = f"/v1/meters/{random.choice(world.with_history)}/energy"
            if random.random() < TODAY_SHARE:
                return meter
            day = world.today - timedelta(random.randint(1, PAST_DAYS))
            return f"{meter}?{_span(day, day + timedelta(1))}"
        case "month of a meter":
            meter = f"/v1/meters/{random.choice(world.with_history)}/energy"
            span = _span(world.today - timedelta(PAST_DAYS), world.today)
            return f"{meter}?resolution=P1D&{span}"


def _span(begin: date, end: date) -> str:
    return f"start={begin.isoformat()}T00:00:00&end={end.isoformat()}T00:00:00"


def request(host: str, path: str, token: str) -> bytes:
    """A request as browsers send it."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        "Accept: application/json\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\r\n"
    ).encode()


def requests(
    host: str, tokens: Sequence[str], world: World, number: int, seed: int
) -> list[tuple[int, bytes]]:
    """So many requests, each with the place of its endpoint; those of a seed are the same ones."""
    random = Random(seed)
    return [
        (place, request(host, address(ENDPOINTS[place].kind, world, random), random.choice(tokens)))
        for place in chosen(random, number)
    ]
