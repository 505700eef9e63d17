"""Runs and bills as people read them, in a terminal."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from billing.settlement.bills import tax_rate_of
from billing.settlement.explained import Explained, Part
from billing.settlement.settlement import Balance
from billing.tariffs.calendar import zone
from billing.tariffs.money import minor_digits
from contracts.billing import Letter, RunArguments, Unit
from contracts.issued import Document, OpenException, StoredLine
from contracts.reading import Commodity
from contracts.time import SECOND_MS
from services.settlement.compare import Compared
from services.settlement.explain import ExplainedDocument, ExplainedLine
from services.settlement.issue import Issued
from services.settlement.run import Run
from services.settlement.stored import Reproduced
from wattstream.times import utc_text

KNOWN = {
    Letter.A: "measured",
    Letter.S: "total measured, shape estimated",
    Letter.E: "estimated",
    Letter.F: "estimate declared final",
    Letter.X: "edited",
    Letter.N: "not known",
}
BROKEN_SHOWN = 20
HELD_SHOWN = 10


def money(minor: int, currency: str) -> str:
    """An amount in minor units, with the currency's decimals."""
    digits = minor_digits(currency)
    return f"{Decimal(minor).scaleb(-digits):,.{digits}f}"


def amount(quantity: int, unit: Unit) -> str:
    """A quantity with its unit, exact."""
    match unit:
        case "mwh":
            return f"{_plain(Decimal(quantity).scaleb(-6))} kWh"
        case "ml":
            return f"{_plain(Decimal(quantity).scaleb(-6))} m3"
        case "w":
            return f"{_plain(Decimal(quantity).scaleb(-3))} kW"
        case "days":
            return f"{quantity:,} days"
        case "none":
            return ""


def run_summary(arguments: RunArguments, found: Run, issued: Issued) -> RenderableType:
    """What a run came to: its documents in money, its energy, and what a person should look at."""
    settlement = found.settlement
    head = Text.assemble(
        (f"{_named(issued)}: ", "bold"),
        f"{arguments.kind} of {arguments.site_id}, {arguments.month}, masters as of "
        f"{utc_text(arguments.masters_as_of_ms)} UTC, readings until "
        f"{','.join(map(str, arguments.readings_until))}",
    )
    parts: list[RenderableType] = [head]
    if issued.again:
        parts.append(Text("was issued before with the same charges: nothing to issue"))
        return Group(*parts)
    if issued.broken:
        parts += [Text(), broken(issued)]
    table = _plain_table(headed=False)
    for name, text in _figures(arguments, found, issued):
        table.add_row(Text(name, style="dim"), Text(text))
    parts += [Text(), table]
    energies = _energies(settlement.balances, settlement.losses_mwh)
    if energies.row_count:
        parts += [Text(), energies]
    return Group(*parts)


def broken(issued: Issued) -> RenderableType:
    """Which identities a run breaks, and by how much."""
    told = [Text("it does not add up, so nothing was issued:", style="bold red")]
    told += [Text(f"  {each}") for each in issued.broken[:BROKEN_SHOWN]]
    if (more := len(issued.broken) - BROKEN_SHOWN) > 0:
        told.append(Text(f"  and {more:,} more", style="dim"))
    return Group(*told)


def document_table(documents: Sequence[Document]) -> RenderableType:
    """A row for each document, and their sums by currency."""
    table = _plain_table()
    for heading, right in (
        ("number", False),
        ("kind", False),
        ("customer", True),
        ("month", False),
        ("run", True),
        ("net", True),
        ("tax", True),
        ("gross", True),
        ("", False),
    ):
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in documents:
        said = each.said
        amounts = (said.net_minor, said.tax_minor, said.gross_minor)
        for place, one in enumerate(amounts):
            sums[said.currency][place] += one
        table.add_row(
            each.number,
            said.kind.replace("_", " "),
            f"{said.customer_id}",
            said.month,
            f"{each.run_id}",
            *(money(one, said.currency) for one in amounts),
            said.currency,
        )
    for currency, totals in sorted(sums.items()):
        cells = (_several(len(documents), "document") if len(sums) == 1 else "", "", "", "", "")
        table.add_row(*cells, *(money(one, currency) for one in totals), currency, style="bold")
    return table


def waiting_table(waiting: Sequence[StoredLine], currency: Mapping[int, str]) -> RenderableType:
    """A row for each line that waits for its customer's next document.

    Args:
        currency: By the id of runs.
    """
    table = _plain_table()
    for heading, right in (
        ("customer", True),
        ("month", False),
        ("premises", False),
        ("component", False),
        ("band", False),
        ("run", True),
        ("quantity", True),
        ("net", True),
        ("", False),
        ("why", False),
    ):
        table.add_column(heading, justify="right" if right else "left")
    for each in sorted(waiting, key=lambda each: (each.line.key, each.line_id)):
        line, key = each.line, each.line.key
        table.add_row(
            *(f"{key.customer_id}", key.month),
            *map(Text, (key.premises_id, key.component, key.band)),
            *(f"{each.run_id}", amount(line.quantity, line.unit)),
            *(money(line.minor, currency[each.run_id]), currency[each.run_id]),
            line.reason.replace("_", " "),
        )
    return table


def document_page(document: Document) -> RenderableType:
    """A document with its lines and totals."""
    said = document.said
    lines = _plain_table()
    has_months = any(line.key.month != said.month for line in said.lines)
    for heading, right in (
        *([("month", False)] if has_months else []),
        ("premises", False),
        ("component", False),
        ("band", False),
        ("quantity", True),
        (said.currency, True),
        ("why", False),
    ):
        lines.add_column(heading, justify="right" if right else "left")
    for line in said.lines:
        key = line.key
        lines.add_row(
            *([key.month] if has_months else []),
            *map(Text, (key.premises_id, key.component, key.band)),
            amount(line.quantity, line.unit),
            money(line.minor, said.currency),
            "" if line.reason == "first" else line.reason.replace("_", " "),
        )
    totals = _plain_table(headed=False)
    totals.add_row("net", money(said.net_minor, said.currency))
    for tax in said.taxes:
        told = f"tax {tax.category} {_plain(tax.rate)} % of {money(tax.net_minor, said.currency)}"
        totals.add_row(told, money(tax.tax_minor, said.currency))
    totals.add_row(
        Text("gross", style="bold"),
        Text(f"{money(said.gross_minor, said.currency)} {said.currency}", style="bold"),
    )
    return Group(_title(document), Text(), lines, Text(), totals)


def explanation(found: ExplainedDocument, *, periods: bool) -> RenderableType:
    """What each line of a document is made of, by the local day, or period by period."""
    parts: list[RenderableType] = [_title(found.document)]
    its = zone(found.time_zone)
    for each in found.lines:
        parts += [Text(), _line_story(each, found.document)]
        if each.made_of is not None and each.made_of.parts:
            parts.append(Padding(_parts(each.made_of, its, periods=periods), (0, 0, 0, 2)))
    return Group(*parts)


def reproduction(found: Reproduced) -> RenderableType:
    """Whether a run that was computed once more is the same, and what could make it another."""
    told = [
        Text(
            f"run {found.stored.run_id} of {found.stored.arguments.site_id}, "
            f"{found.stored.arguments.month}: {found.then.count(chr(10)) - 1:,} charges"
        ),
        Text(f"  then {_digest(found.then)}"),
        Text(f"  now  {_digest(found.now)}"),
    ]
    told += [Text(f"  {each}", style="yellow") for each in found.others]
    if found.same:
        return Group(*told, Text("the same, byte by byte", style="green"))
    was, now = found.then.splitlines(), found.now.splitlines()
    told.append(Text("it differs:", style="red"))
    told += [Text(f"  then {line}") for line in was if line not in now][:BROKEN_SHOWN]
    told += [Text(f"  now  {line}") for line in now if line not in was][:BROKEN_SHOWN]
    return Group(*told)


def comparison_table(found: Compared) -> RenderableType:
    """Plans by what they would have cost, the cheapest first."""
    its = found.comparison
    table = _plain_table()
    for heading in ("plan", "with tax", "saving", ""):
        table.add_column(heading, justify="right" if heading in ("with tax", "saving") else "left")
    for each in its.offers:
        is_own = each.plan_id == its.own
        table.add_row(
            each.plan_id,
            money(each.gross_minor, found.currency),
            "" if is_own else money(each.saving_minor, found.currency),
            "own" if is_own else "",
        )
    head = (
        f"customer {found.customer_id}, {len(its.months)} months, {its.days} days, "
        f"{float(its.estimated):.1%} estimated; {found.currency}, as it was used, no change of "
        "habits"
    )
    left_out = [
        Text(f"not compared: {each.plan_id}: {each.reason}", style="dim") for each in found.left_out
    ]
    return Group(Text(head), Text(), table, *left_out)


def exception_table(found: Sequence[OpenException]) -> RenderableType:
    """A row for each open exception."""
    table = _plain_table()
    headings = ("id", "severity", "rule", "of", "commodity", "from, UTC", "until, UTC")
    for heading in (*headings, "what it says"):
        table.add_column(heading, overflow="fold")
    for each in found:
        what = each.what
        detail = ", ".join(f"{name} {value}" for name, value in what.detail.items())
        table.add_row(
            *(f"{each.exception_id}", what.severity, what.rule),
            Text(what.register_id or what.premises_id),
            what.commodity,
            *(utc_text(what.begin_ms)[:16], utc_text(what.end_ms)[:16]),
            Text(detail),
        )
    return table


def _named(issued: Issued) -> str:
    if issued.run_id is None:
        return "tried only"
    return f"run {issued.run_id}"


def _figures(arguments: RunArguments, found: Run, issued: Issued) -> Iterable[tuple[str, str]]:
    currency = found.settlement.currency
    if arguments.kind == "interim":
        own = [each for each in found.settlement.charges if each.key.customer_id]
        yield "customers", f"{len({each.key.customer_id for each in own}):,}"
        yield "net so far", f"{money(sum(each.minor for each in own), currency)} {currency}"
    else:
        kinds = Counter(bill.kind for bill in issued.bills)
        told = f"{_several(kinds['invoice'], 'invoice')}, "
        told += _several(kinds["credit_note"], "credit note")
        if issued.numbers:
            told += f", numbers {issued.numbers[0]} to {issued.numbers[-1]}"
        yield "documents", told
        for name in ("net", "tax", "gross"):
            total = sum(getattr(bill.totals, name) for bill in issued.bills)
            yield name, f"{money(total, currency)} {currency}"
    if issued.later:
        total = sum(line.minor for line in issued.later)
        whose = {line.key.customer_id for line in issued.later}
        yield (
            "next bills",
            f"{_several(len(issued.later), 'line')} of {_several(len(whose), 'customer')}, "
            f"{money(total, currency)} {currency} without tax",
        )
    if issued.held:
        total = sum(line.minor for line in issued.held)
        yield (
            "not issued",
            f"{_several(len(issued.held), 'line')}, {money(total, currency)} {currency}",
        )
    for hold in issued.waiting[:HELD_SHOWN]:
        what = hold.finding
        yield (
            "held",
            f"customer {hold.customer_id}: {what.rule}, {what.register_id}, {what.commodity}, "
            f"{utc_text(what.begin_ms)[:16]} to {utc_text(what.end_ms)[:16]} UTC",
        )
    if (more := len(issued.waiting) - HELD_SHOWN) > 0:
        yield "held", f"and {more:,} more: `wattstream exceptions --severity hold`"
    rules = Counter(each.rule for each in found.findings)
    severities = Counter(each.severity for each in found.findings)
    told = ", ".join(f"{count:,} {rule}" for rule, count in rules.most_common())
    holds = f"; {severities['hold']:,} of severity hold" if severities["hold"] else ""
    yield "exceptions", f"{len(found.findings):,}" + (f": {told}{holds}" if told else "")


def _energies(balances: Iterable[Balance], losses_mwh: Mapping[Commodity, int | None]) -> Table:
    table = _plain_table()
    headings = ("metered", "billed", "unassigned", "estimated", "edited", "lost")
    for heading in ("commodity", "direction"):
        table.add_column(heading)
    for heading in headings:
        table.add_column(heading, justify="right")
    for each in balances:
        unit: Unit = "mwh" if each.commodity == "electricity" else "ml"
        values = [getattr(each, f"{name}_mwh") for name in headings[:-1]]
        lost = losses_mwh.get(each.commodity) if each.direction == "feeder" else None
        table.add_row(
            each.commodity,
            each.direction,
            *(amount(value, unit) for value in values),
            "" if lost is None else amount(lost, unit),
        )
    return table


def _title(document: Document) -> RenderableType:
    said = document.said
    customer = said.content.get("customer") or {}
    kind = "Invoice" if said.kind == "invoice" else "Credit note"
    return Group(
        Text(f"{kind} {document.number}", style="bold"),
        Text(
            f"customer {said.customer_id}"
            + (f", {customer['name']}" if customer.get("name") else "")
            + f"; {said.month}; issued {utc_text(document.issued_at_ms)} UTC by run "
            f"{document.run_id}"
        ),
    )


def _line_story(each: ExplainedLine, document: Document) -> RenderableType:
    shown, currency = each.shown, document.said.currency
    line, key = shown.line, shown.line.key
    month = "" if key.month == document.said.month else key.month
    name = " ".join(part for part in (month, key.premises_id, key.component, key.band) if part)
    told = Text.assemble(
        (name, "bold"),
        f": {amount(line.quantity, line.unit)}, {money(line.minor, currency)} {currency}",
    )
    if shown.run_id != document.run_id:
        told.append(f"\n  by run {shown.run_id}, and sent with this document")
    if line.reason != "first" or shown.before:
        why, what = line.reason.replace("_", " "), "it"
        if shown.is_retaxed:
            why, what = "tax", f"taxed {line.tax_category} {_plain(tax_rate_of(line))} % it"
        told.append(
            f"\n  {why}: {what} is {money(shown.before + line.minor, currency)} now, of which "
            f"{money(shown.before, currency)} was issued before"
        )
    if shown.charge is not None and shown.charge.by_letter:
        shares = ", ".join(
            f"{amount(quantity, shown.charge.unit)} {KNOWN[letter]}"
            for letter, quantity in shown.charge.by_letter
        )
        told.append(f"\n  {shares}")
    if each.made_of is None:
        told.append("\n  it follows from other lines" if shown.charge is not None else "")
    else:
        told.append(f"\n  {each.made_of.what}")
    return told


def _parts(made_of: Explained, its: ZoneInfo, *, periods: bool) -> Table:
    table = _plain_table(headed=False)
    if periods:
        for part in made_of.parts:
            begin = datetime.fromtimestamp(part.span.begin_ms / SECOND_MS, its)
            table.add_row(
                f"{begin:%Y-%m-%d %H:%M %Z}", amount(part.quantity, made_of.unit), _letters(part)
            )
        return table
    for day, parts in _by_day(made_of.parts, its).items():
        letters: Counter[Letter] = Counter()
        for part in parts:
            letters.update(part.by_letter)
        count = _several(len(parts), "period") if letters or made_of.unit != "days" else ""
        total = sum(part.quantity for part in parts)
        known = _shares(letters, made_of.unit)
        table.add_row(f"{day}", Text(amount(total, made_of.unit)), count, known)
    return table


def _by_day(parts: Iterable[Part], its: ZoneInfo) -> dict[date, list[Part]]:
    found: dict[date, list[Part]] = {}
    for part in parts:
        day = datetime.fromtimestamp(part.span.begin_ms / SECOND_MS, its).date()
        found.setdefault(day, []).append(part)
    return found


def _letters(part: Part) -> str:
    return ", ".join(KNOWN[letter] for letter in part.by_letter)


def _shares(letters: Mapping[Letter, int], unit: Unit) -> str:
    known = {letter: quantity for letter, quantity in letters.items() if quantity}
    if set(known) <= {Letter.A}:
        return KNOWN[Letter.A] if known else ""
    return ", ".join(
        f"{amount(quantity, unit)} {KNOWN[letter]}" for letter, quantity in sorted(known.items())
    )


def _digest(text: str) -> str:
    return f"sha256 {hashlib.sha256(text.encode()).hexdigest()}"


def _several(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _plain(number: Decimal) -> str:
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _plain_table(*, headed: bool = True) -> Table:
    return Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_header=headed)
