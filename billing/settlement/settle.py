"""A month of a site, from the curve of its registers to charges.

A pure function: the same segments, masters and arguments give the same charges, in the same order.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from billing.curve.findings import Finding
from billing.curve.segments import Segments
from billing.settlement.allocation import Allocation, allocated
from billing.settlement.charges import merged, of_nobody, of_supply, off_by_rounding
from billing.settlement.errors import RunError
from billing.settlement.month import month_of
from billing.settlement.peaks import PeakKey, peaks_once
from billing.settlement.rows import energies
from billing.settlement.settlement import (
    Balance,
    Counted,
    Settlement,
    Supplied,
    Unassigned,
    billed,
    measured,
)
from billing.settlement.tally import Tally
from billing.settlement.terms import priced, terms_of
from billing.tariffs.calendar import calendar_of
from contracts.billing import MEASURED, Letter, RunKind
from contracts.energy import Span
from contracts.masters import Direction, Installation, Masters, Site
from contracts.reading import Commodity
from contracts.time import MINUTE_MS

PERIOD_MS = 30 * MINUTE_MS


def settle(
    masters: Masters,
    site_id: str,
    registers: Sequence[Installation],
    pieces: Iterable[Segments],
    month: str,
    *,
    kind: RunKind = "first",
    period_ms: int = PERIOD_MS,
    earlier: Sequence[Mapping[PeakKey, int]] = (),
) -> Settlement:
    """What everybody at a site took in a local month, and what it costs.

    Args:
        registers: To whose places the segments refer. Where each stood is the masters' to say; of
            one that they do not know, all is unassigned.
        pieces: The curve, such as a day at a time: each segment once, those of a register in the
            order of time. All that touches the month must be there.
        month: `2013-03`.
        earlier: Peaks of the months before, the latest first, as far as `ratchets` look back.

    Raises:
        RunError: there is no such site, or it has no calorific values for gas that is sold by kWh.
        MastersError: masters contradict themselves.
        TariffError: a plan or price is missing or wrong.
    """
    settling = Settling(masters, site_id, registers, month, kind=kind, period_ms=period_ms)
    for piece in pieces:
        settling.add(piece)
    return settling.settled(earlier)


class Settling:
    """A month of a site that is being settled: arguments and errors are those of `settle`.

    Args:
        leave_unpriced: Whether the month is settled though contracts cannot be priced: what is
            taken on these is known, and costs nothing.
    """

    def __init__(
        self,
        masters: Masters,
        site_id: str,
        registers: Sequence[Installation],
        month: str,
        *,
        kind: RunKind = "first",
        period_ms: int = PERIOD_MS,
        leave_unpriced: bool = False,
    ) -> None:
        self.site = _site(masters, site_id)
        self._kind, self._registers, self._period_ms = kind, registers, period_ms
        calendar = calendar_of(self.site, masters.holidays)
        self.month = month_of(month, calendar, self.site, masters.tax_rates)
        allocation = allocated(
            masters,
            site_id,
            registers,
            self.month.span,
            cache(lambda day: calendar.day(day).begin_ms),
            edges_ms=self.month.changes_ms,
        )
        of_month = (masters, self.site, calendar, allocation.supplies, self.month.span, period_ms)
        if leave_unpriced:
            supplies, self.terms = priced(*of_month)
        else:
            supplies, self.terms = allocation.supplies, terms_of(*of_month)
        self.allocation = replace(allocation, supplies=supplies)
        place_of = {version: place for place, version in enumerate(self.terms)}
        self._tally = Tally(
            self.allocation,
            registers,
            self.month.span,
            period_ms,
            [None if each.plan is None else place_of[each.plan] for each in supplies],
            [each.weights for each in self.terms.values()],
        )
        self._metered_mwh = np.zeros(len(registers), dtype=np.int64)

    def add(self, piece: Segments) -> None:
        """Count a piece of the curve."""
        final = _declared_final(piece) if self._kind == "final" else piece
        self._tally.add(final)
        self._metered_mwh += _metered(final, len(self._registers), self.month.span)

    def totals(self) -> list[int]:
        """What each supply took, in what its plan counts."""
        return [each.total for each in self._tally.used()]

    def copy(self) -> "Settling":
        """One that goes on from here by itself."""
        found = copy(self)
        found._tally = self._tally.copy()
        found._metered_mwh = self._metered_mwh.copy()
        return found

    def settled(
        self, earlier: Sequence[Mapping[PeakKey, int]] = (), until_ms: int | None = None
    ) -> Settlement:
        """What the month comes to; nothing is added any more.

        Args:
            earlier: As of `settle`.
            until_ms: Days that begin later are not charged for yet; all are without it.
        """
        registers, month, site = self._registers, self.month, self.site
        letters = self._tally.letters_mwh()
        supplied, unassigned = _shared_out(self.allocation, registers, letters)
        used = self._tally.used()
        peaks = peaks_once(self.allocation.supplies, self.terms, used, earlier)
        charges = [
            charge
            for each, its_used, its_peaks in zip(supplied, used, peaks, strict=True)
            for charge in of_supply(
                each,
                None if each.supply.plan is None else self.terms[each.supply.plan],
                its_used,
                its_peaks,
                month,
                self._period_ms,
                until_ms,
            )
        ]
        nobodys = [of_nobody(each, month.name) for each in unassigned]
        balances = _balances(registers, self._metered_mwh, self.allocation, letters)
        return Settlement(
            site_id=site.site_id,
            month=month.name,
            kind=self._kind,
            currency=site.currency,
            charges=tuple(merged([*charges, *off_by_rounding(charges, site.currency), *nobodys])),
            supplied=tuple(supplied),
            unassigned=tuple(unassigned),
            balances=balances,
            losses_mwh=_losses(balances),
            findings=tuple(_findings(supplied, unassigned)),
            counted=tuple(_counted(self.allocation, registers, letters)),
        )


def _site(masters: Masters, site_id: str) -> Site:
    for site in masters.sites:
        if site.site_id == site_id:
            return site
    known = ", ".join(site.site_id for site in masters.sites) or "none"
    raise RunError(f"site_id is {site_id!r}, and masters have {known}: give one of these")


def _declared_final(segments: Segments) -> Segments:
    letter = np.where(segments.letter == Letter.E, Letter.F, segments.letter)
    return replace(segments, letter=letter.astype(np.uint8))


def _metered(segments: Segments, registers: int, month: Span) -> NDArray[np.int64]:
    """By how much each register rose in the month, which is cut out of its curve as one period."""
    is_counted = np.isin(segments.letter, MEASURED)
    counted = segments if is_counted.all() else segments.take(is_counted)
    length_ms = month.end_ms - month.begin_ms
    return energies(counted, registers, month.begin_ms, 1, length_ms).energy_mwh[:, 0]


def _shared_out(
    allocation: Allocation,
    registers: Sequence[Installation],
    letters_of: Sequence[Mapping[Letter, int]],
) -> tuple[list[Supplied], list[Unassigned]]:
    own: dict[tuple[int, Direction], dict[Letter, int]] = defaultdict(dict)
    unassigned = []
    for stay, letters in zip(allocation.stays, letters_of, strict=True):
        register = registers[stay.register]
        if stay.supply is not None:
            sums = own[stay.supply, register.direction]
            for letter, energy_mwh in letters.items():
                sums[letter] = sums.get(letter, 0) + energy_mwh
        elif stay.reason is not None and letters and register.direction != "feeder":
            unassigned.append(
                Unassigned(
                    register.register_id,
                    register.commodity,
                    register.direction,
                    stay.premises_id,
                    stay.span,
                    stay.reason,
                    letters,
                )
            )
    supplied = [
        Supplied(supply, own.get((place, "import"), {}), own.get((place, "export"), {}))
        for place, supply in enumerate(allocation.supplies)
    ]
    return supplied, unassigned


def _counted(
    allocation: Allocation,
    registers: Sequence[Installation],
    letters_of: Sequence[Mapping[Letter, int]],
) -> Iterator[Counted]:
    for stay, letters in zip(allocation.stays, letters_of, strict=True):
        register = registers[stay.register]
        supply = None if stay.supply is None else allocation.supplies[stay.supply]
        yield Counted(
            stay.register,
            register.register_id,
            register.commodity,
            register.direction,
            stay.premises_id,
            None if supply is None else supply.customer_id,
            stay.span,
            letters,
        )


def _balances(
    registers: Sequence[Installation],
    metered_mwh: NDArray[np.int64],
    allocation: Allocation,
    letters_of: Sequence[Mapping[Letter, int]],
) -> tuple[Balance, ...]:
    kinds = sorted({(each.commodity, each.direction) for each in registers})
    metered = dict.fromkeys(kinds, 0)
    for register, energy_mwh in zip(registers, metered_mwh.tolist(), strict=True):
        metered[register.commodity, register.direction] += energy_mwh
    sums: dict[tuple[Commodity, Direction], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for stay, letters in zip(allocation.stays, letters_of, strict=True):
        register = registers[stay.register]
        its = sums[register.commodity, register.direction]
        its["edited"] += letters.get(Letter.X, 0)
        if stay.supply is None:
            its["unassigned"] += measured(letters)
        else:
            its["billed"] += measured(letters)
            its["estimated"] += letters.get(Letter.E, 0) + letters.get(Letter.F, 0)
    return tuple(
        Balance(
            *kind,
            metered_mwh=metered[kind],
            billed_mwh=sums[kind]["billed"],
            unassigned_mwh=sums[kind]["unassigned"],
            estimated_mwh=sums[kind]["estimated"],
            edited_mwh=sums[kind]["edited"],
        )
        for kind in kinds
    )


def _losses(balances: Iterable[Balance]) -> dict[Commodity, int | None]:
    metered = {(each.commodity, each.direction): each.metered_mwh for each in balances}
    return {
        commodity: None
        if (commodity, "feeder") not in metered
        else metered[commodity, "feeder"]
        - metered.get((commodity, "import"), 0)
        + metered.get((commodity, "export"), 0)
        for commodity in sorted({commodity for commodity, _ in metered})
    }


def _findings(supplied: Iterable[Supplied], unassigned: Iterable[Unassigned]) -> Iterator[Finding]:
    for each in supplied:
        supply, energy_mwh = each.supply, billed(each.imported) + billed(each.exported)
        if supply.plan is None and supply.unpriced is None and energy_mwh:
            yield Finding(
                "no_contract",
                "",
                supply.commodity,
                supply.span.begin_ms,
                supply.span.end_ms,
                "review",
                {
                    "customer_id": supply.customer_id,
                    "premises_id": supply.premises_id,
                    "energy_mwh": energy_mwh,
                },
            )
    for left in unassigned:
        if energy_mwh := billed(left.letters):
            yield Finding(
                "use_while_vacant" if left.reason == "vacant" else left.reason,
                left.register_id,
                left.commodity,
                left.span.begin_ms,
                left.span.end_ms,
                "review",
                {"premises_id": left.premises_id, "energy_mwh": energy_mwh},
            )
