"""Cells of the map, from a few that are coarse to those that are asked for: no walk through all."""

from adapters import live_questions as ask
from contracts.digest import RollUp, within
from contracts.geohash import Box, box_of
from contracts.live import LiveGroup
from contracts.reading import AREA_LENGTH, Commodity
from services.api.answers.areas import Cell, cell_of_area, cell_of_areas
from services.api.parts import Parts

COARSEST = 2


async def cells(
    parts: Parts, namespace: str, commodity: Commodity, precision: int, box: Box, most: int
) -> tuple[int, list[Cell]]:
    """The cells in a box that have meters, of a precision, or of a coarser one if there would be
    more than `most`; and which precision that is. Of the coarsest there may be more even so.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    coarsest = await parts.live.ask(ask.rollups(namespace, commodity, COARSEST))
    found = {name: each for name, each in coarsest.items() if box_of(name).overlaps(box)}
    at = COARSEST
    while at < precision:
        names = list(within(found, box))
        if len(names) > most:
            break
        at += 1
        if at == AREA_LENGTH:
            areas = await parts.live.ask(ask.some_groups(namespace, "area", commodity, names))
            return at, _areas(commodity, areas)
        found = await parts.live.ask(ask.some_rollups(namespace, commodity, at, names))
    return at, _rolled(commodity, found)


async def cell(parts: Parts, namespace: str, commodity: Commodity, name: str) -> Cell | None:
    """One cell; None if no meter was ever heard in it.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    if len(name) == AREA_LENGTH:
        areas = await parts.live.ask(ask.some_groups(namespace, "area", commodity, [name]))
        found = _areas(commodity, areas)
    else:
        rolled = await parts.live.ask(ask.some_rollups(namespace, commodity, len(name), [name]))
        found = _rolled(commodity, rolled)
    return found[0] if found else None


def _areas(commodity: Commodity, areas: dict[str, LiveGroup]) -> list[Cell]:
    return [
        cell_of_area(name, commodity, each, box_of(name))
        for name, each in sorted(areas.items())
        # An area that all meters have left stays, with zeros.
        if each.reporting or each.holding or each.silent
    ]


def _rolled(commodity: Commodity, found: dict[str, RollUp]) -> list[Cell]:
    return [cell_of_areas(name, commodity, each) for name, each in sorted(found.items())]
