"""A score as people read it, in a terminal of 80 columns, and as JSON has it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from detection.score.figures import Share, Spread
from detection.score.reliability import Reliability
from detection.score.score import Listed, Row, Score

NONE = "-"

_TIMES = (
    *("\ndelay\np50", "\n\np99", "\n\nmax"),
    *("onset\nerror\np50", "\n\np99"),
    *("end\nerror\np50", "\n\np99"),
)


def content(score: Score) -> dict[str, object]:
    """The score as JSON has it: shares with value and bounds, times in seconds; all lists whole."""
    return {
        **asdict(score),
        "rows": [
            asdict(row) | {"found": _share(row.found), "right": _share(row.right)}
            for row in score.rows
        ],
        "homes_found": _share(score.homes_found),
        "homes_right": _share(score.homes_right),
        "causes_told": _share(score.causes_told),
        "causes_told_first": _share(score.causes_told_first),
        "suspects_right": _share(score.suspects_right),
        "thieves_suspected": _share(score.thieves_suspected),
    }


def tables(score: Score, most: int | None) -> Group:
    """The score on a terminal.

    Args:
        most: how long a list may be; None is without end.
    """
    return Group(
        _found(score),
        _alerts(score),
        _false_rates(score),
        _times(score.rows, score.causes_told_after),
        _indices(score.by_labels, score.by_alerts),
        *_list("missed", score.missed, "red", most),
        *_list("false", score.false, "red", most),
        *_list("not counted", score.not_counted, "dim", most),
        *_outside(score.outside),
        *_unscored(score.unscored),
    )


def _found(score: Score) -> Table:
    table = _table("What was wrong, by the labels", "pieces", "to find", "found", "recall", "95 %")
    for row in score.rows:
        table.add_row(row.kind, f"{row.pieces:,}", *_cells(row.found))
    table.add_row("homes in the lists", "", *_cells(score.homes_found))
    if score.thieves_suspected.whole:
        table.add_row("thieves", "", *_cells(score.thieves_suspected))
    return table


def _alerts(score: Score) -> Table:
    table = _table("What was told", "alerts", "right", "twice", "precision", "95 %")
    for row in score.rows:
        whole, part, value, bounds = _cells(row.right)
        table.add_row(row.kind, whole, part, f"{row.duplicates:,}", value, bounds)
    shares = [
        ("homes in the lists", score.homes_right),
        ("cause at the end", score.causes_told),
    ]
    if score.causes_told_first.whole:
        shares.append(("cause when opened", score.causes_told_first))
    if score.suspects_right.whole:
        shares.append(("suspects", score.suspects_right))
    for name, share in shares:
        whole, part, value, bounds = _cells(share)
        table.add_row(name, whole, part, "", value, bounds)
    return table


def _false_rates(score: Score) -> Table:
    table = _table(
        "What was false, told twice included", "false", "per 1,000 home-days", "feeder-days"
    )
    for each in score.false_rates:
        feeders = each.per_1000_feeder_days
        table.add_row(
            each.kind,
            f"{each.false:,}",
            f"{each.per_1000_home_days:,.2f}",
            "" if feeders is None else f"{feeders:,.2f}",
        )
    table.caption = f"{score.homes:,} homes were watched for {score.home_days:,.1f} home-days"
    return table


def _times(rows: Sequence[Row], causes_told_after: Spread | None) -> Table:
    table = Table(title="Seconds", expand=True, box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("\n\nkind", no_wrap=True)
    for heading in _TIMES:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        delay = _seconds(row.delay_s)
        errors = (_seconds(each)[:2] for each in (row.onset_error_s, row.end_error_s))
        table.add_row(row.kind, *delay, *(cell for each in errors for cell in each))
    if causes_told_after is not None:
        table.add_row("cause for good", *_seconds(causes_told_after))
    return table


def _indices(by_labels: Reliability, by_alerts: Reliability) -> Table:
    table = _table("IEEE 1366, of the run", "SAIDI, min", "SAIFI", "MAIFI", first="")
    for name, of in (("by the labels", by_labels), ("by the alerts", by_alerts)):
        table.add_row(name, f"{of.saidi_minutes:,.3f}", f"{of.saifi:,.4f}", f"{of.maifi:,.4f}")
    return table


def _list(
    title: str, listed: Sequence[Listed], style: str, most: int | None
) -> Sequence[RenderableType]:
    if not listed:
        return ()
    lines: list[RenderableType] = [Text(f"\n{len(listed):,} {title}", style=style)]
    for each in listed[:most]:
        time = f"{datetime.fromtimestamp(each.at_ms / 1_000, UTC):%m-%d %H:%M:%S}"
        lines += [Text(f"{time}  {each.id}"), Padding(Text(each.reason), (0, 0, 0, 4))]
    if most is not None and len(listed) > most:
        lines.append(Text(f"and {len(listed) - most:,} more: --all shows them", style="dim"))
    return lines


def _outside(alerts: int) -> Sequence[RenderableType]:
    if not alerts:
        return ()
    words = f"\n{alerts:,} alerts left out: they opened before the run or after its end"
    return (Text(words, style="dim"),)


def _unscored(alerts: Mapping[str, int]) -> Sequence[RenderableType]:
    if not alerts:
        return ()
    told = ", ".join(f"{number:,} {kind}" for kind, number in sorted(alerts.items()))
    return (Text(f"\nnot scored: {told}", style="dim"),)


def _table(title: str, *numbers: str, first: str = "kind") -> Table:
    table = Table(title=title, expand=True, box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column(first, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _cells(share: Share) -> tuple[str, str, str, str]:
    """Whole, part, value and bounds."""
    bounds = share.bounds
    return (
        f"{share.whole:,}",
        f"{share.part:,}",
        NONE if share.value is None else f"{share.value:.3f}",
        NONE if bounds is None else f"{bounds[0]:.3f} to {bounds[1]:.3f}",
    )


def _seconds(of: Spread | None) -> tuple[str, str, str]:
    if of is None:
        return (NONE, NONE, NONE)
    return (f"{of.p50_s:,.1f}", f"{of.p99_s:,.1f}", f"{of.max_s:,.1f}")


def _share(share: Share) -> dict[str, object]:
    return asdict(share) | {"value": share.value, "bounds": share.bounds}
