"""Alerts as people read them, in a terminal of 80 columns."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from contracts.alerts import SEVERITIES, Alert, Severity
from contracts.notes import Note, care_of
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

STYLES: dict[Severity, str] = {
    "critical": "bold red",
    "major": "red",
    "warning": "yellow",
    "notice": "cyan",
}
CLOSED_SHOWN = 20
"""Of those that are closed, at most: of those that are open all are."""
MARK_STYLE = "green"
INDENT = 10
"""Of what stands below an alert's first line, where its id begins."""


def by_urgency(alerts: Iterable[Alert]) -> list[Alert]:
    """Open ones first, of those the severest first, of these the latest opened first."""
    return sorted(
        alerts,
        key=lambda each: (
            each.state == "closed",
            -SEVERITIES.index(each.severity),
            -each.opened_at_ms,
            each.id,
        ),
    )


def alert_list(
    alerts: Sequence[Alert], now_ms: int, notes: Mapping[str, Sequence[Note]]
) -> RenderableType:
    """Open and closed alerts as they stand at this time, each in its order.

    Args:
        notes: Of those that have any, by id.
    """
    open_ones = [each for each in alerts if each.state != "closed"]
    closed = [each for each in alerts if each.state == "closed"]
    counts = f"{len(open_ones):,} open, {len(closed):,} closed in the last day"
    parts: list[RenderableType] = [Text(f"{counts}, as of {utc_text(now_ms)} UTC")]
    if open_ones:
        table = _table("open", "for")
        for each in open_ones:
            age = duration_text(now_ms - each.onset_ms)
            table.add_row(_severity(each), age, _named(each, sentence(each), notes))
        parts += [Text(), table]
    if closed:
        table = _table("closed", "lasted")
        for each in closed[:CLOSED_SHOWN]:
            lasted = duration_text(_end_ms(each) - each.onset_ms)
            ago = f"closed {duration_text(now_ms - each.at_ms)} ago"
            table.add_row(_severity(each), lasted, _named(each, f"{ago}, {sentence(each)}", notes))
        parts += [Text(), table]
    if (more := len(closed) - CLOSED_SHOWN) > 0:
        parts.append(Text(f"and {more:,} more; --json lists all", style="dim"))
    return Group(*parts)


def open_alerts(
    alerts: Iterable[Alert], notes: Mapping[str, Sequence[Note]], most: int
) -> RenderableType:
    """How many alerts are open, by severity, and so many of the newest, the latest opened first,
    with when that was; in few lines, as part of a picture.

    Args:
        notes: Of those that have any, by id.
    """
    found = newest_open(alerts)
    if not found:
        return Text("no alert is open", style="dim")
    counts = Counter(each.severity for each in found)
    told = [(f"{counts[of]:,} {of}", STYLES[of]) for of in reversed(SEVERITIES) if counts[of]]
    heading = Text("open: ").append_text(Text(", ").join(map(_styled, told)))
    if not most:
        return Text("alerts ", style="dim").append_text(heading)
    heading.append(f" ... and {left:,} more" if (left := len(found) - most) > 0 else "")
    table = Table(expand=True, box=None, padding=(0, 1, 0, 0), header_style="bold dim")
    table.add_column("severity", no_wrap=True)
    table.add_column("opened, UTC", no_wrap=True)
    table.add_column(heading, overflow="fold", ratio=1)
    for each in found[:most]:
        named = _named(each, sentence(each), notes)
        table.add_row(_severity(each), date_text(each.opened_at_ms), named)
    return table


def newest_open(alerts: Iterable[Alert]) -> list[Alert]:
    """Those that are open, the latest opened first."""
    found = (each for each in alerts if each.state != "closed")
    return sorted(found, key=lambda each: (-each.opened_at_ms, each.id))


def _styled(part: tuple[str, str]) -> Text:
    text, style = part
    return Text(text, style=style)


def alert_news(alert: Alert) -> RenderableType:
    """A version of an alert as it comes."""
    first = Text.assemble(
        f"{clock_text(alert.at_ms):<{INDENT}}", alert.state, " ", _severity(alert), " ", alert.id
    )
    return Group(first, Padding(Text(sentence(alert)), (0, 0, 0, INDENT), expand=False))


def alert_story(versions: Sequence[Alert], notes: Sequence[Note]) -> RenderableType:
    """An alert from its versions, of which there is one at least: how it stands, what led to it,
    what people say of it, and whom it hit."""
    last = versions[-1]
    facts = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, text in _facts(last):
        facts.add_row(name, text)
    parts: list[RenderableType] = [
        Text.assemble(_severity(last), " ", (last.id, "bold")),
        facts,
    ]
    for each in versions:
        parts += [Text(), _version(each)]
    for note in notes:
        parts += [Text(), _note(note)]
    if last.homes:
        parts += [Text(), Text(_homes_heading(last), style="dim"), Text(", ".join(last.homes))]
    return Group(*parts)


def _version(alert: Alert) -> RenderableType:
    first = Text.assemble(
        f"{clock_text(alert.at_ms):<{INDENT}}",
        (f"version {alert.version}, {alert.state}", "bold"),
        ", ",
        _severity(alert),
    )
    numbers = ", ".join(f"{name} {value:,g}" for name, value in alert.evidence.numbers.items())
    below = [sentence(alert), f"rule {alert.evidence.rule}" + (f": {numbers}" if numbers else "")]
    return Group(first, *(Padding(Text(text), (0, 0, 0, INDENT), expand=False) for text in below))


def _note(note: Note) -> RenderableType:
    first = Text.assemble(
        f"{utc_text(note.at_ms)} UTC, ",
        (note.who, "bold"),
        "" if note.what == "note" else f" {said(note, 'it')}",
    )
    if not note.text:
        return first
    return Group(first, Padding(Text(note.text), (0, 0, 0, INDENT), expand=False))


def said(note: Note, alert: str) -> str:
    """What a note does, as words that follow the name of who says it.

    Args:
        alert: How the alert is named in them.
    """
    match note.what:
        case "acknowledged":
            return f"acknowledged {alert}"
        case "unacknowledged":
            return f"looks after {alert} no more"
        case "assigned" if note.assignee is not None:
            return f"assigned {alert} to {note.assignee}"
        case "assigned":
            return f"assigned {alert} to nobody"
        case "note":
            return f"wrote of {alert}"


def mark(notes: Sequence[Note]) -> Text:
    """What a list tells of what people say of an alert: who acknowledged it first, who is to look
    after it, and how many have written something; empty if there is nothing to tell."""
    care = care_of(notes)
    texts = sum(bool(each.text) for each in notes)
    told = [f"acknowledged by {care.acknowledged.who}"] if care.acknowledged is not None else []
    told += [f"assigned to {care.assigned.assignee}"] if care.assigned is not None else []
    told += [f"{texts:,} note{'s' if texts > 1 else ''}"] if texts else []
    return Text(", ".join(told), style=MARK_STYLE)


def _facts(alert: Alert) -> Iterable[tuple[str, str]]:
    """How an alert stands, by name."""
    yield "subject", f"{alert.subject}, area {alert.area}" if alert.area else alert.subject
    yield "began", f"{utc_text(alert.onset_ms)} UTC"
    yield "opened", f"{_after(alert.opened_at_ms, alert.onset_ms)}"
    if alert.restored_at_ms is not None:
        yield "restored", _after(alert.restored_at_ms, alert.onset_ms)
    if alert.state == "closed":
        reason = f", {alert.reason}" if alert.reason else ""
        yield "closed", _after(alert.at_ms, alert.onset_ms) + reason
    elif alert.reason:
        yield "reason", alert.reason
    yield "cause", alert.cause
    if alert.kind == "feeder_loss":
        yield "suspected", f"{alert.homes_count:,}"
    elif alert.homes_count:
        yield "homes", f"{alert.homes_count:,}, of them {alert.homes_out:,} out"
    if alert.customer_minutes is not None:
        length = "momentary" if alert.momentary else "sustained"
        yield "index", f"{length}, {alert.customer_minutes:,.0f} customer minutes"
    yield "rules", alert.rules


def sentence(alert: Alert) -> str:
    """What is the matter, in a line or two."""
    parts: list[str] = []
    if alert.cause != "unknown":
        parts.append(alert.cause)
    if alert.homes_count > 1 and alert.kind != "feeder_loss":
        parts.append(
            f"{alert.homes_count:,} homes"
            if alert.state == "closed" and not alert.homes_out
            else f"{alert.homes_out:,} of {alert.homes_count:,} homes out"
        )
    return ": ".join(filter(None, (", ".join(parts), alert.evidence.text)))


def duration_text(length_ms: int) -> str:
    """A length of time as people say it: 45 s, 18 min, 3 h 12 min, 2 d 4 h."""
    if length_ms < MINUTE_MS:
        return f"{max(length_ms, 0) // SECOND_MS} s"
    if length_ms < HOUR_MS:
        return f"{length_ms // MINUTE_MS} min"
    if length_ms < DAY_MS:
        return f"{length_ms // HOUR_MS} h {length_ms % HOUR_MS // MINUTE_MS} min"
    return f"{length_ms // DAY_MS:,} d {length_ms % DAY_MS // HOUR_MS} h"


def utc_text(time_ms: int) -> str:
    """Date and time of day."""
    return f"{datetime.fromtimestamp(time_ms / SECOND_MS, UTC):%Y-%m-%d %H:%M:%S}"


def date_text(time_ms: int) -> str:
    """Date without its year, and time of day."""
    return f"{datetime.fromtimestamp(time_ms / SECOND_MS, UTC):%m-%d %H:%M:%S}"


def clock_text(time_ms: int) -> str:
    """Time of day."""
    return f"{datetime.fromtimestamp(time_ms / SECOND_MS, UTC):%H:%M:%S}"


def _after(time_ms: int, onset_ms: int) -> str:
    return f"{utc_text(time_ms)} UTC, {duration_text(time_ms - onset_ms)} after it began"


def _end_ms(alert: Alert) -> int:
    """When it was over: as far as is known when it was restored, else when it was closed."""
    return alert.at_ms if alert.restored_at_ms is None else alert.restored_at_ms


def _severity(alert: Alert) -> Text:
    return Text(alert.severity, style=STYLES[alert.severity])


def _named(alert: Alert, text: str, notes: Mapping[str, Sequence[Note]]) -> Text:
    named = Text.assemble((alert.id, "bold"), "\n", text)
    if marked := mark(notes.get(alert.id, ())):
        named.append("\n").append_text(marked)
    return named


def _homes_heading(alert: Alert) -> str:
    shown = len(alert.homes)
    if shown < alert.homes_count:
        return f"homes, {shown:,} of {alert.homes_count:,}"
    return "homes"


def _table(state: str, length: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column(state, no_wrap=True)
    table.add_column(length, no_wrap=True, justify="right")
    table.add_column("alert", overflow="fold", ratio=1)
    return table
