"""How people are told, as people read it, in a terminal of 80 columns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from contracts.notify_requests import Silence
from contracts.time import HOUR_MS
from services.notifier.messages import Message
from services.notifier.state import Dead, Letterbox, Outbox, State
from wattstream.alert_tables import duration_text
from wattstream.times import utc_text


def standing(state: State, silences: Sequence[Silence], now_ms: int) -> RenderableType:
    """What is on its way by which channel, what did not arrive, and what is silent."""
    outboxes = sorted(state.all(Outbox), key=lambda each: each.channel)
    to_customers = [*_to_customers(state)]
    dead = sorted(state.all(Dead), key=lambda each: (each.at_ms, each.key))
    parts: list[RenderableType] = []
    if outboxes or to_customers:
        rows = [*_of_channels(outboxes, now_ms), *to_customers]
        parts += [Text("Channels:"), _rows(rows)]
    else:
        parts.append(Text("No notifier has run here yet."))
    if dead:
        parts += [Text(), Text("Did not arrive:"), _rows(_of_dead(dead, now_ms))]
        parts.append(Text("`wattstream notify again ID` has one tried again", style="dim"))
    if silences:
        parts += [Text(), Text("Silent:"), _rows(_of_silences(silences, now_ms))]
        parts.append(Text("`wattstream notify unsilence ID` ends one", style="dim"))
    return Group(*parts)


def _rows(rows: Iterable[tuple[str, str]]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, said in rows:
        table.add_row(Text(name), Text(said))
    return table


def _of_channels(outboxes: Sequence[Outbox], now_ms: int) -> Iterator[tuple[str, str]]:
    for outbox in outboxes:
        lately = sum(now_ms - each < HOUR_MS for each in outbox.singles_ms)
        last_hour = f"{lately} in the last hour"
        if outbox.sending is None:
            yield outbox.channel, f"nothing is on its way, {last_hour}"
            continue
        since = duration_text(max(now_ms - outbox.since_ms, 0))
        problem = f", last {outbox.problem}" if outbox.problem else ""
        yield outbox.channel, f"{since} on its way: {what(outbox.sending)}{problem}; {last_hour}"


def _to_customers(state: State) -> Iterator[tuple[str, str]]:
    """Channels by which anything is on its way to customers."""
    waiting: Counter[str] = Counter()
    problems: dict[str, str] = {}
    for each in state.all(Letterbox):
        if each.sending is not None:
            waiting[each.sending.channel] += 1
            if each.problem:
                problems[each.sending.channel] = each.problem
    for channel, number in sorted(waiting.items()):
        problem = f", last {problems[channel]}" if channel in problems else ""
        yield channel, f"{number:,} on their way to customers{problem}"


def _of_dead(dead: Sequence[Dead], now_ms: int) -> Iterator[tuple[str, str]]:
    for each in dead:
        ago = duration_text(max(now_ms - each.at_ms, 0))
        again = "; it is tried again" if each.again_ms is not None else ""
        customer = each.message.customer
        to = each.message.channel if customer is None else f"{each.message.channel} to {customer}"
        yield each.key, f"{to}, {ago} ago: {what(each.message)}; {each.problem}{again}"


def _of_silences(silences: Sequence[Silence], now_ms: int) -> Iterator[tuple[str, str]]:
    for each in silences:
        begin = f"from {utc_text(each.from_ms)} " if each.from_ms > now_ms else ""
        yield (
            each.id,
            f"{of(each)}, {begin}until {utc_text(each.until_ms)} UTC; {each.who}: {each.why}",
        )


def what(message: Message) -> str:
    """What a message is of."""
    if len(message.parts) != 1:
        several = "groups" if message.customer is None else "alerts"
        return f"a digest of {len(message.parts)} {several}"
    (part,) = message.parts
    more = f" and {part.alerts - 1:,} more" if part.alerts > 1 else ""
    return f"{part.why}, {part.kind} {part.examples[0].subject}{more}"


def of(silence: Silence) -> str:
    """What a silence is of."""
    said = (
        ("kind", silence.kind),
        ("area", None if silence.area is None else f"{silence.area}…"),
        ("subject", silence.subject),
        ("told with", silence.incident),
    )
    return ", ".join(f"{name} {value}" for name, value in said if value)
