"""What running months have cost so far, as tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from billing.settlement.tail import Tail
from billing.tariffs.money import minor
from contracts.billing import Unit
from contracts.so_far import CustomerSoFar, SiteSoFar
from contracts.time import SECOND_MS
from wattstream.bill_tables import amount, money
from wattstream.times import utc_text

LARGEST = 10
MINUTE_S, HOUR_S = 60, 3_600


@dataclass(frozen=True, slots=True)
class Row:
    """Customers of a site, and what their registers counted since the interim run."""

    site: SiteSoFar
    customers: Mapping[int, CustomerSoFar]
    tail: Tail


def picture(
    rows: Sequence[Row],
    problems: Mapping[str, str],
    wall_ms: int,
    *,
    one: int | None = None,
) -> RenderableType:
    """A table of sums for each site, and how old it is.

    Args:
        problems: By site, why it is no newer.
        one: The customer that alone is shown, with the lines of the bill.
    """
    parts: list[RenderableType] = []
    if not rows:
        parts.append(Text("no interim run yet: the first settles the month from its first day"))
    for row in rows:
        parts += [*([Text()] if parts else []), _head(row.site, one)]
        if one is not None:
            parts.append(_lines(row))
        parts += [_sums(row), _age(row, wall_ms)]
        parts += [Text(each, style="yellow") for each in _unpriced(row)]
        parts += [Text(f"does not add up: {each}", style="bold red") for each in row.site.broken]
        if one is None and len(rows) == 1:
            parts += [Text(), _largest(row)]
    parts += [Text(f"{site}: {why}", style="red") for site, why in sorted(problems.items())]
    return Group(*parts)


def age(ms: int) -> str:
    """A length of time as people say it."""
    seconds = max(ms, 0) // SECOND_MS
    if seconds < 2 * MINUTE_S:
        return f"{seconds} s"
    return f"{seconds // MINUTE_S} min" if seconds < 2 * HOUR_S else f"{seconds // HOUR_S} h"


def _head(site: SiteSoFar, one: int | None) -> Text:
    whose = f"{site.customers:,} customers" if one is None else f"customer {one}"
    state = "over" if site.is_closed else "so far"
    return Text.assemble((f"{site.site_id}, {site.month} {state}", "bold"), f": {whose}")


def _sums(row: Row) -> Table:
    """The interim run, what came since, and both; energy by commodity."""
    site, tail = row.site, row.tail
    table = _table()
    table.add_column("")
    kinds = sorted({kind for kind, _ in _energies(row)})
    for commodity, direction in kinds:
        name = commodity if direction == "import" else f"{commodity}, given"
        table.add_column(name, justify="right", no_wrap=True)
    for heading in ("net", "tax", "gross"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    known = dict(_energies(row, settled=True))
    since = {(str(kind), str(way)): energy for (kind, way), energy in tail.energy_mwh.items()}
    nets = [
        sum(getattr(each, f"{name}_minor") for each in row.customers.values()) for name in _SUMS
    ]
    further = [minor(tail.net, site.currency), minor(tail.tax, site.currency)]
    further.append(sum(further))
    for name, energies, amounts in (
        ("archived", [known.get(kind, 0) for kind in kinds], nets),
        ("provisional", [since.get(kind, 0) for kind in kinds], further),
        (
            "so far",
            [known.get(kind, 0) + since.get(kind, 0) for kind in kinds],
            [one + other for one, other in zip(nets, further, strict=True)],
        ),
    ):
        table.add_row(
            name,
            *(
                amount(energy, _unit(commodity))
                for energy, (commodity, _) in zip(energies, kinds, strict=True)
            ),
            *(money(each, site.currency) for each in amounts),
            site.currency if name == "so far" else "",
            style="bold" if name == "so far" else None,
        )
    return table


_SUMS = ("net", "tax", "gross")


def _energies(row: Row, *, settled: bool = False) -> Iterable[tuple[tuple[str, str], int]]:
    sums: dict[tuple[str, str], int] = {}
    for customer in row.customers.values():
        for direction, own in (("import", customer.import_mwh), ("export", customer.export_mwh)):
            for commodity, energy in own.items():
                kind = (str(commodity), direction)
                sums[kind] = sums.get(kind, 0) + energy
    if not settled:
        sums.update({kind: 0 for kind in row.tail.energy_mwh if kind not in sums})
    return sums.items()


def _lines(row: Row) -> Table:
    table = _table()
    for heading, right in (
        ("premises", False),
        ("component", False),
        ("band", False),
        ("quantity", True),
        (row.site.currency, True),
    ):
        table.add_column(heading, justify="right" if right else "left")
    for customer in row.customers.values():
        for line in customer.lines:
            table.add_row(
                *map(Text, (line.premises_id, line.component, line.band)),
                amount(line.quantity, line.unit),
                money(line.minor, row.site.currency),
            )
    return table


def _unpriced(row: Row) -> Iterator[str]:
    """Whose contracts cannot be priced, and why; a line for each reason."""
    for place, each in enumerate(row.site.unpriced):
        if whose := sorted(who for who, its in row.customers.items() if place in its.unpriced):
            named = ", ".join(map(str, whose[:LARGEST]))
            left = len(whose) - LARGEST
            yield (
                f"without a price: {each.plan_id} of customer{'s' if len(whose) > 1 else ''} "
                f"{named}{f' and {left:,} more' if left > 0 else ''}: {each.why}"
            )


def _largest(row: Row) -> RenderableType:
    """Customers whose month costs most by the interim run."""
    table = _table()
    for heading in ("customer", "archived", "of it estimated", f"gross, {row.site.currency}"):
        table.add_column(heading, justify="right", no_wrap=True)
    by_gross = sorted(row.customers.items(), key=lambda each: (-each[1].gross_minor, each[0]))
    for customer_id, its in by_gross[:LARGEST]:
        table.add_row(
            f"{customer_id}",
            ", ".join(amount(energy, _unit(name)) for name, energy in its.import_mwh.items()),
            _estimated(its),
            money(its.gross_minor, row.site.currency),
        )
    left = len(row.customers) - LARGEST
    return Group(table, Text(f"... and {left:,} more", style="dim")) if left > 0 else table


def _estimated(its: CustomerSoFar) -> str:
    total = sum(its.import_mwh.values()) + sum(its.export_mwh.values())
    return f"{its.estimated_mwh / total:.1%}" if its.estimated_mwh and total else ""


def _age(row: Row, wall_ms: int) -> Text:
    site, tail = row.site, row.tail
    archived = "nothing" if site.archived_ms is None else f"until {utc_text(site.archived_ms)} UTC"
    told = f"archived {archived}, settled {age(wall_ms - site.computed_ms)} ago"
    if tail.newest_ms is not None:
        told += f"; live until {utc_text(tail.newest_ms)} UTC"
    if tail.silent:
        told += f"; {tail.silent:,} registers without a live value"
    if tail.not_known:
        told += f"; {tail.not_known:,} that fell or leapt wait for the archive"
    if tail.unpriced_mwh:
        told += "; some of it without a price"
    return Text(told, style="dim")


def _unit(commodity: str) -> Unit:
    return "mwh" if commodity == "electricity" else "ml"


def _table() -> Table:
    return Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
