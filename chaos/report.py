"""What was found, for people (Markdown) and for programs (JSON)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Group
from rich.table import Table
from rich.text import Text

from chaos.alerts import Raised
from chaos.round import Harm, Round
from chaos.size import Size
from infra.provenance import machine

COLUMNS = (
    "fault",
    "readings",
    "a second",
    "lost",
    "doubled",
    "recovery s",
    "live stood still s",
    "verdict",
    "remark",
)


NARROW = (0, 1, 3, 4, 5, 6, 7)
"""Those that fit a terminal of 80 columns beside one another; what else there is to say of a fault
is said below the table."""


def table(rounds: Sequence[Round]) -> Group:
    """The report on a terminal."""
    shown = Table(title="chaos", box=None, padding=(0, 2, 0, 0), header_style="dim")
    for number in NARROW:
        left = COLUMNS[number] in {"fault", "verdict"}
        heading = COLUMNS[number].replace(" ", "\n")
        shown.add_column(heading, justify="left" if left else "right", no_wrap=True)
    words: list[Text] = []
    for row in _rows(rounds):
        verdict, _, problem = row[7].partition(": ")
        style = "red" if problem else ""
        cells = (*(row[number] for number in NARROW[:-1]), verdict)
        shown.add_row(*cells, style=style)
        if said := "; ".join(filter(None, (row[8], problem))):
            words.append(Text(f"{row[0]}: {said}", style=style))
    return Group(shown, *words)


def write(
    folder: Path, name: str, command: str, size: Size, rounds: Sequence[Round]
) -> tuple[Path, Path]:
    """Write `<name>.md` and `<name>.json`, and return both paths."""
    folder.mkdir(parents=True, exist_ok=True)
    markdown, data = folder / f"{name}.md", folder / f"{name}.json"
    markdown.write_text(_markdown(command, size, rounds))
    content = {
        "command": command,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "size": asdict(size),
        "rounds": [asdict(each) for each in rounds],
    }
    data.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
    return markdown, data


def read(folder: Path, name: str, size: Size) -> list[Round]:
    """The rounds in a report that `write` wrote; none if there is no report of that size."""
    data = folder / f"{name}.json"
    if not data.exists():
        return []
    content = orjson.loads(data.read_bytes())
    # As JSON has it, a tuple is a list.
    if content["size"] != orjson.loads(orjson.dumps(size)):
        return []
    return [
        Round(**(each | {"harms": tuple(map(_harm, each["harms"]))})) for each in content["rounds"]
    ]


def _harm(content: dict[str, Any]) -> Harm:
    alerts = content.get("alerts")
    told = None if alerts is None else tuple(Raised(**each) for each in alerts)
    return Harm(**(content | {"alerts": told}))


def _markdown(command: str, size: Size, rounds: Sequence[Round]) -> str:
    harms = sum(len(each.harms) for each in rounds)
    builds = ", ".join(sorted({each.build for each in rounds}))
    rows = ["| " + " | ".join(row) + " |" for row in (COLUMNS, *_rows(rounds))]
    rows.insert(1, "|---|" + "---:|" * 6 + "---|---|")
    return f"""# Faults under load

`{command}`, run from {min(each.began for each in rounds)} to \
{datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {machine()}, jobs of {builds}.

{harms} faults in {len(rounds)} rounds of {size.rate:,} readings a second, \
{sum(each.readings for each in rounds):,} of them acknowledged by Kafka; lost \
{sum(each.lost or 0 for each in rounds):,}, doubled {sum(each.doubled or 0 for each in rounds):,}, \
dropped by windows as late {sum(each.late_dropped or 0 for each in rounds):,}; \
{sum(not each.equal for each in rounds)} rounds without an equal end.

Each round begins with an empty namespace and ends with the comparison of every store with an \
oracle that shares no code with the jobs. `recovery s` is from the beginning of the harm until \
every job has completed a checkpoint and caught up with its topics; `live stood still s` is the \
longest time without a newer slice in Redis meanwhile. Faults of one round share its readings; \
`a second` is what the broker acknowledged, the time in which it was down included.

{chr(10).join(rows)}
{_alerts(rounds)}"""


def _alerts(rounds: Sequence[Round]) -> str:
    """What Prometheus said of each fault; empty where it did not watch."""
    watched = [harm for each in rounds for harm in each.harms if harm.alerts is not None]
    if not watched:
        return ""
    rows = [
        (
            harm.fault,
            raised.alert,
            raised.severity,
            f"{raised.seen_after_s:.0f}",
            "over before" if raised.fired_after_s is None else f"{raised.fired_after_s:.0f}",
        )
        for harm in watched
        for raised in harm.alerts or ()
    ]
    rows += [(harm.fault, "none", "", "", "") for harm in watched if not harm.alerts]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return f"""
## What Prometheus said

Alerts from the beginning of the harm to the recovery: when what they tell of was seen, and when \
somebody was told. Most faults are over before anybody is, as is meant \
(`infra/watched/rules.yml`).

| fault | alert | severity | seen after s | told after s |
|---|---|---|---:|---:|
{chr(10).join(lines)}
"""


def _rows(rounds: Sequence[Round]) -> list[tuple[str, ...]]:
    return [
        (
            harm.fault,
            f"{each.readings:,}",
            f"{each.rate:,.0f}",
            "?" if each.lost is None else f"{each.lost:,}",
            "?" if each.doubled is None else f"{each.doubled:,}",
            "n/a" if harm.recovery_s is None else f"{harm.recovery_s:.0f}",
            f"{harm.live_stood_still_s:.0f}",
            "equal" if each.equal else f"NOT EQUAL: {each.problem}",
            harm.remark,
        )
        for each in rounds
        for harm in each.harms
    ]
