"""A transformer with four homes that read every five seconds, each a second after the one before.

They draw 720 W, so that a reading adds 1 Wh, and their readings are on the way for 100 ms. The
writer of their partition says every second that it is there.
"""

from collections.abc import Callable, Collection, Iterable

from contracts.reading import HEARTBEAT
from tests.support.log import Sent, T, announcement, reading

HOMES = "abcd"
CADENCE_MS, DELAY_MS = 5_000, 100
UNTIL_MS = 120_000

HeardAt = Callable[[str, int], bool]
"""Whether a home, by its name, is heard so long after T."""


def announced(homes: Iterable[str] = HOMES) -> list[Sent]:
    """They are behind the feeder "f"."""
    return [(T, announcement(meter_id=home, feeder="f", cadence_ms=CADENCE_MS)) for home in homes]


def readings(heard: HeardAt, homes: Iterable[str] = HOMES) -> list[Sent]:
    """Those that come; the register stands still while a home is not heard."""
    sent: list[Sent] = []
    for home in homes:
        seq = 0
        for at_ms in range(1_000 * HOMES.index(home), UNTIL_MS, CADENCE_MS):
            if heard(home, at_ms):
                said = reading(T + at_ms, meter_id=home, seq=seq, register=float(seq), demand=720.0)
                sent.append((T + at_ms + DELAY_MS, said))
                seq += 1
    return sent


def heartbeats(until_ms: int = UNTIL_MS) -> list[Sent]:
    """Of the partition's writer."""
    return [(T + at_ms, HEARTBEAT) for at_ms in range(0, until_ms, 1_000)]


def in_order(*parts: Collection[Sent]) -> list[Sent]:
    """By arrival."""
    return sorted((each for part in parts for each in part), key=lambda each: each[0])


def dark(home: str, at_ms: int) -> bool:  # noqa: ARG001
    """All are without power from the 20th second to the 55th."""
    return not 20_000 <= at_ms < 60_000


def without_a(home: str, at_ms: int) -> bool:
    """The first one stops after 20 seconds."""
    return home != "a" or at_ms < 20_000


def always(home: str, at_ms: int) -> bool:  # noqa: ARG001
    """All are heard."""
    return True


def supply_meter(watts: Callable[[int], float], first_ms: int = 2_500) -> list[Sent]:
    """What goes in, so long after T, as a meter says each five seconds."""
    name = {"meter_id": "f:supply", "commodity": "supply"}
    sent: list[Sent] = [(T, announcement(**name, feeder="f", cadence_ms=CADENCE_MS))]
    for seq, at_ms in enumerate(range(first_ms, UNTIL_MS, CADENCE_MS)):
        said = reading(T + at_ms, **name, seq=seq, register=0.0, demand=watts(at_ms))
        sent.append((T + at_ms + DELAY_MS, said))
    return sent
