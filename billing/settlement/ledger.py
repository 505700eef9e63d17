"""What is still to be issued: the latest charges less all that was issued before.

Nothing that was issued ever changes. Lines of a key add up to its charge of the latest issued run,
whatever charges were in between; a key that vanished gets the negative of what it had. What was
taxed otherwise than it is now is taken back by the tax that it had, and issued again; another word
of the utility's for the same tax is no other tax. What nobody is known to have used (customer 0)
costs nothing, and so is in no ledger; what a shared month is off by rounding is.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from billing.tariffs.money import VatCategory, vat_category
from contracts.billing import Charge, ChargeKey, LedgerLine, LedgerReason, Letter, Unit

NOBODY = 0
"""The customer of what nobody is known to have used."""

Rate = Callable[[Charge], Decimal]
"""Per cent of tax on what a charge comes to."""

_Tax = tuple[VatCategory, Decimal] | None
"""Category as the law knows it, and rate; None of what is on no document."""
_UNSURE = (Letter.N, Letter.E, Letter.F, Letter.S)


@dataclass(frozen=True, slots=True)
class Deltas:
    """What a run issues, each in the order of keys."""

    lines: tuple[LedgerLine, ...]
    held: tuple[LedgerLine, ...]
    """Not issued, so part of a later run's difference: too small, or of a bill that waits."""


@dataclass(frozen=True, slots=True)
class _Change:
    """By how much a charge differs from what was issued of it."""

    key: ChargeKey
    unit: Unit
    quantity: int
    minor: int
    tax_category: str
    tax_rate: Decimal | None
    of_tax: bool = False
    """It was taxed otherwise: taken back, or issued again."""

    @property
    def is_nothing(self) -> bool:
        return self.quantity == 0 and self.minor == 0


def deltas(
    charges: Iterable[Charge],
    issued: Sequence[LedgerLine],
    rate: Rate,
    *,
    before: Iterable[Charge] = (),
    rules_changed: bool = False,
    minimum_minor: int = 0,
) -> Deltas:
    """What is to be issued so that the ledger says these charges.

    Args:
        issued: All lines of these premises and months that there are.
        before: Charges of the latest issued run: of what letters they were, and what nobody used.
        rules_changed: Whether its rules were others.
        minimum_minor: Corrections of less, either way, wait, but of a tax.

    Raises:
        ValueError: two charges have one key.
    """
    now, then = _by_key(charges), _by_key(before)
    changes = _changes(now, issued, rate)
    moved = [*changes, *_changes_of_nobody(now, then)]
    places = defaultdict(list)
    for change in moved:
        if change.of_tax:
            continue
        places[change.key.premises_id, change.key.month].append(change)
    known = {(line.key.premises_id, line.key.month) for line in issued}
    customers = {(line.key.customer_id, line.key.premises_id, line.key.month) for line in issued}
    lines: list[LedgerLine] = []
    held: list[LedgerLine] = []
    for change in changes:
        if change.is_nothing:
            continue
        key = change.key
        place = key.premises_id, key.month
        reason: LedgerReason = "rounding" if key.customer_id == NOBODY else "first"
        # What a run computed of somebody who has got nothing yet has waited.
        has_waited = key in then and (key.customer_id, *place) not in customers
        if reason == "first" and place in known and not has_waited:
            cause = _cause(change, places[place])
            reason = (
                "rule"
                if change.of_tax
                else _reason(
                    cause, places[place], now.get(cause.key), then.get(cause.key), rules_changed
                )
            )
        line = LedgerLine(
            *(key, change.unit, change.quantity, change.minor, change.tax_category),
            *(reason, change.tax_rate),
        )
        # Of a tax that is put right, what is taken back and what is issued again go together.
        is_small = abs(change.minor) < minimum_minor and not change.of_tax
        waits = is_small and reason not in ("first", "rounding")
        (held if waits else lines).append(line)
    return Deltas(tuple(lines), tuple(held))


def listed_only(deltas: Deltas) -> Deltas:
    """The same after a final run: all of it waits, until a person issues it."""
    return Deltas((), tuple(sorted((*deltas.lines, *deltas.held), key=lambda line: line.key)))


def waiting(deltas: Deltas, customer_ids: Collection[int]) -> Deltas:
    """The same while bills of some customers wait for a person."""
    waits = [line for line in deltas.lines if line.key.customer_id in customer_ids]
    return Deltas(
        tuple(line for line in deltas.lines if line.key.customer_id not in customer_ids),
        tuple(sorted((*waits, *deltas.held), key=lambda line: line.key)),
    )


def issued_sums(lines: Iterable[LedgerLine]) -> dict[ChargeKey, LedgerLine]:
    """What the lines of each key add up to, with the reason of the latest."""
    sums: dict[ChargeKey, LedgerLine] = {}
    for line in lines:
        had = sums.get(line.key)
        sums[line.key] = line if had is None else _together(had, line)
    return sums


def had_before(line: LedgerLine, earlier: Iterable[LedgerLine]) -> int:
    """Minor units that earlier lines of a line's key had, taxed as it is: a tax that is put right
    leaves nothing of the one, and all of the other."""
    return sum(each.minor for each in earlier if _tax(each) == _tax(line))


def retaxed(lines: Sequence[LedgerLine]) -> frozenset[ChargeKey]:
    """Of a document's lines, the keys of those whose tax was put right: taken back and issued."""
    back, again = (
        {line.key for line in lines if line.reason == "rule" and sign * line.minor > 0}
        for sign in (-1, 1)
    )
    return frozenset(back & again)


def is_issued(charge: Charge) -> bool:
    """Whether a charge has lines in the ledger: all but energy that is nobody's."""
    return charge.key.customer_id != NOBODY or charge.minor != 0


def _by_key(charges: Iterable[Charge]) -> dict[ChargeKey, Charge]:
    found: dict[ChargeKey, Charge] = {}
    for charge in charges:
        if charge.key in found:
            raise ValueError(f"two charges have the key {charge.key}: add them up first")
        found[charge.key] = charge
    return found


def _changes(
    now: Mapping[ChargeKey, Charge],
    issued: Iterable[LedgerLine],
    rate: Rate,
) -> list[_Change]:
    """By key; of one key what is taken back first."""
    sums: dict[ChargeKey, dict[_Tax, LedgerLine]] = defaultdict(dict)
    for line in issued:
        by_tax, tax = sums[line.key], _tax(line)
        by_tax[tax] = _together(by_tax[tax], line) if tax in by_tax else line
    keys = {key for key, charge in now.items() if is_issued(charge)} | set(sums)
    changes = []
    for key in sorted(keys):
        charge, others = now.get(key), sums.get(key, {})
        if charge is None:
            changes += [_back(line) for line in others.values()]
            continue
        tax_rate = rate(charge) if _is_taxed(charge) else None
        same = others.pop(_tax_of(charge.tax_category, tax_rate), None)
        changes += [replace(_back(had), of_tax=True) for had in others.values()]
        changes.append(
            _Change(
                key,
                charge.unit,
                charge.quantity - (same.quantity if same else 0),
                charge.minor - (same.minor if same else 0),
                charge.tax_category,
                tax_rate,
                of_tax=any(had.quantity or had.minor for had in others.values()),
            )
        )
    return changes


def _tax(line: LedgerLine) -> _Tax:
    return _tax_of(line.tax_category, line.tax_rate)


def _tax_of(category: str, rate: Decimal | None) -> _Tax:
    return None if rate is None else (vat_category(category, rate), rate)


def _back(line: LedgerLine) -> _Change:
    return _Change(
        line.key, line.unit, -line.quantity, -line.minor, line.tax_category, line.tax_rate
    )


def _together(one: LedgerLine, other: LedgerLine) -> LedgerLine:
    return replace(other, quantity=one.quantity + other.quantity, minor=one.minor + other.minor)


def _is_taxed(charge: Charge) -> bool:
    return charge.key.customer_id != NOBODY and charge.tax_category != ""


def _changes_of_nobody(
    now: Mapping[ChargeKey, Charge], then: Mapping[ChargeKey, Charge]
) -> list[_Change]:
    changes = []
    for key in sorted(now.keys() | then.keys()):
        one, other = then.get(key), now.get(key)
        if any(each is not None and is_issued(each) for each in (one, other)):
            continue
        quantity = (other.quantity if other else 0) - (one.quantity if one else 0)
        known = other or one
        assert known is not None
        changes.append(_Change(key, known.unit, quantity, 0, "", None))
    return changes


def _cause(change: _Change, place: Iterable[_Change]) -> _Change:
    """What a discount or a minimum follows: something of the same customer that is counted."""
    if change.unit != "none":
        return change
    others = (each for each in place if each.key.customer_id == change.key.customer_id)
    return next((each for each in others if each.quantity), change)


def _reason(
    change: _Change,
    place: Iterable[_Change],
    now: Charge | None,
    then: Charge | None,
    rules_changed: bool,
) -> LedgerReason:
    """The most likely one, by what else has changed at the premises in that month."""
    key = change.key
    if change.quantity == 0:
        return "rule" if rules_changed else "price"
    opposite = [
        other.key
        for other in place
        if other.unit == change.unit and (other.quantity > 0) != (change.quantity > 0)
        if other.quantity != 0
    ]
    plan = key.component.split("/")[0]
    mine = (other for other in opposite if other.customer_id == key.customer_id)
    if any(other.component.split("/")[0] != plan for other in mine):
        return "plan"
    if any(other.customer_id != key.customer_id for other in opposite):
        return "move"
    letters, had = _letters(now), _letters(then)
    if letters[Letter.X] != had[Letter.X]:
        return "edit"
    if sum(letters[each] for each in _UNSURE) < sum(had[each] for each in _UNSURE):
        return "estimate_replaced"
    return "rule" if rules_changed else "late_reading"


def _letters(charge: Charge | None) -> Mapping[Letter, int]:
    return dict.fromkeys(Letter, 0) | dict(charge.by_letter if charge else ())
