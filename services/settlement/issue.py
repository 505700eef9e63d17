"""What a run issues: charges, lines of the ledger and documents, all in one transaction of
PostgreSQL, or nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import psycopg

from adapters.bills import documents, exceptions, ledger, runs
from billing.curve.findings import Finding
from billing.settlement import identities
from billing.settlement.bills import Bill, rates
from billing.settlement.errors import RunError
from billing.settlement.holds import Hold, holds
from billing.settlement.identities import Difference
from billing.settlement.ledger import NOBODY, Deltas, Rate, deltas, listed_only, waiting
from billing.settlement.sending import Sending, going_on, is_for_document, sending
from billing.settlement.settlement import Settlement
from billing.tariffs.calendar import calendar_of
from billing.tariffs.versions import plans_of
from contracts.billing import Charge, LedgerLine, RunArguments
from contracts.issued import (
    NewException,
    NewRun,
    RunEnergy,
    RunState,
    StoredLine,
    StoredRun,
)
from contracts.masters import Masters, Site
from services.settlement.new_documents import new_documents, sums_of
from services.settlement.run import Run


@dataclass(frozen=True, slots=True)
class Issued:
    """What became of a run."""

    run_id: int | None
    """None: it was only tried."""
    state: RunState
    bills: tuple[Bill, ...]
    """What customers are sent, in the order of the numbers."""
    numbers: tuple[str, ...]
    """Of the documents; empty where nothing was issued."""
    held: tuple[LedgerLine, ...]
    """Too small to be issued, of a bill that waits, or of a month that is final."""
    broken: tuple[Difference, ...]
    """What does not add up, so that nothing was issued."""
    again: bool = False
    """A run with these arguments was issued before, and this one is the same."""
    waiting: tuple[Hold, ...] = ()
    """Whose bill waits for a person, and why."""
    later: tuple[LedgerLine, ...] = ()
    """Corrections that are issued, and on the next document of their customer."""


def issue(
    connection: psycopg.Connection,
    arguments: RunArguments,
    masters: Masters,
    found: Run,
    *,
    minimum_minor: int = 0,
    after_final: bool = False,
    now: bool = False,
    dry_run: bool = False,
) -> Issued:
    """Write a run, and issue by how much it differs from what was issued before: corrections with
    the customer's next document (`billing.settlement.sending`). What breaks an identity is written
    as such and issues nothing.

    Args:
        minimum_minor: Corrections of less, either way, wait.
        after_final: Whether to issue what differs though the month is final, as a person decides.
        now: Whether corrections are sent by documents of their own, as those of a final run are.
        dry_run: Say what would be issued, and write nothing.

    Raises:
        RunError: a later run of the month was issued, or knew of a plan that this one does not.
        MastersError: a category of tax has no rate.
    """
    site = next(each for each in masters.sites if each.site_id == arguments.site_id)
    settlement = found.settlement
    plans = plans_of(masters.plans)
    with connection.transaction():
        if not dry_run:
            ledger.lock(connection)
        wrong = identities.of_settlement(settlement, plans)
        if arguments.kind == "interim":
            return _interim(connection, arguments, found, wrong, dry_run=dry_run)
        rate = rates(site.tax_region, masters.tax_rates)
        latest = runs.latest_issued(connection, site.site_id, arguments.month)
        before = () if latest is None else runs.charges(connection, latest.run_id)
        issued = ledger.issued(connection, site.site_id, arguments.month)
        if latest is not None and latest.arguments == arguments:
            if settlement.charges == before:
                return Issued(latest.run_id, "issued", (), (), (), (), again=True)
            wrong += identities.again(before, settlement.charges, issued, rate)
        else:
            check_order(arguments, latest)
        changes = deltas(
            settlement.charges,
            issued,
            rate,
            before=before,
            rules_changed=latest is not None and latest.arguments.rules != arguments.rules,
            minimum_minor=minimum_minor,
        )
        waits = _waits(arguments, masters, found)
        changes = waiting(changes, {each.customer_id for each in waits})
        is_final = runs.latest_issued(connection, site.site_id, arguments.month, "final")
        if is_final is not None and not after_final:
            changes = listed_only(changes)
        waited = ledger.waiting(connection, site.site_id)
        sent = sending(
            changes.lines,
            issued,
            waited,
            month=arguments.month,
            going_on=_going_on(connection, arguments, masters, site),
            held={each.customer_id for each in waits},
            now=now or after_final or arguments.kind == "final",
        )
        wrong += _of_ledger(settlement.charges, issued, changes, waited, sent)
        state: RunState = "broken" if wrong else "issued"
        if dry_run:
            return Issued(
                *(None, state, sent.bills, (), changes.held, tuple(wrong)),
                waiting=waits,
                later=sent.lines,
            )
        if not wrong:
            places = {each.customer_id: place for place, each in enumerate(sent.bills)}
            with connection.transaction() as attempt:
                run_id = _write(connection, arguments, found, state, (), waits)
                own = new_documents(connection, site, masters, found, sent.bills)
                numbers = ledger.write(
                    connection,
                    run_id,
                    own,
                    (
                        (places.get(line.key.customer_id) if is_for_document(line) else None, line)
                        for line in changes.lines
                    ),
                    (
                        (place, each)
                        for place, bill in enumerate(sent.bills)
                        for each in bill.waited
                    ),
                )
                # Read back before anybody else can.
                wrong = _kept_otherwise(connection, run_id, settlement, changes.held, rate)
                wrong += identities.kept(
                    map(sums_of, numbers, own), documents.sums(connection, run_id)
                )
                wrong += identities.waiting(
                    _left(sent),
                    (each.line for each in ledger.waiting(connection, site.site_id)),
                )
                if wrong:
                    raise psycopg.Rollback(attempt)
            if not wrong:
                return Issued(
                    *(run_id, state, sent.bills, numbers, changes.held, ()),
                    waiting=waits,
                    later=sent.lines,
                )
        run_id = _write(connection, arguments, found, "broken", wrong, waits)
        return Issued(run_id, "broken", (), (), (), tuple(wrong))


def broken_as_rows(wrong: Sequence[Difference]) -> tuple[Mapping[str, Any], ...]:
    """What does not add up, as it is kept with a run."""
    return tuple(
        {
            "identity": each.identity,
            "what": each.what,
            "found": each.found,
            "expected": each.expected,
            "by": each.by,
        }
        for each in wrong
    )


def _going_on(
    connection: psycopg.Connection, arguments: RunArguments, masters: Masters, site: Site
) -> frozenset[int]:
    """Who will be sent a document of a month that is not billed yet."""
    newest = runs.newest_month(connection, site.site_id) or arguments.month
    calendar = calendar_of(site, masters.holidays)
    billed_ms = calendar.local_month(max(newest, arguments.month)).end_ms
    return going_on(masters, site.site_id, billed_ms)


def _left(sent: Sending) -> list[LedgerLine]:
    """All that waits for customers' next documents."""
    return [*(each.line for each in sent.waited), *sent.lines]


def _interim(
    connection: psycopg.Connection,
    arguments: RunArguments,
    found: Run,
    wrong: Sequence[Difference],
    *,
    dry_run: bool,
) -> Issued:
    state: RunState = "broken" if wrong else "computed"
    if dry_run:
        return Issued(None, state, (), (), (), tuple(wrong))
    run_id = _write(connection, arguments, found, state, wrong)
    runs.replace_interims(connection, run_id, arguments.site_id, arguments.month)
    return Issued(run_id, state, (), (), (), tuple(wrong))


def check_order(arguments: RunArguments, latest: StoredRun | None) -> None:
    """Refuse what would take back what is known, by asking as of an earlier time; and a second
    first run, which would estimate open ends once more. Of a partition that a run does not name it
    reads nothing.

    Args:
        latest: The run of the month that was issued last, if one was.

    Raises:
        RunError: the run is as of an earlier time, or is no longer the first.
    """
    if latest is None:
        return
    then = latest.arguments
    earlier = [
        f"readings_until of partition {place} is {now}, before {had}"
        for place, (now, had) in enumerate(
            zip_longest(arguments.readings_until, then.readings_until, fillvalue=0)
        )
        if now < had
    ]
    if arguments.masters_as_of_ms < then.masters_as_of_ms:
        earlier.append(
            f"masters_as_of_ms is {arguments.masters_as_of_ms}, before {then.masters_as_of_ms}"
        )
    if earlier:
        raise RunError(
            f"{earlier[0]}, which run {latest.run_id} of {then.site_id} {then.month} was issued "
            "by: give that or later, or compute the old one by `wattstream bill reproduce`"
        )
    if arguments.kind == "first":
        raise RunError(
            f"kind is 'first', and {then.site_id} {then.month} was issued by run {latest.run_id}: "
            "leave out the kind, or give reconciliation"
        )


def _of_ledger(
    charges: Sequence[Charge],
    issued: Sequence[LedgerLine],
    changes: Deltas,
    waited: Iterable[StoredLine],
    sent: Sending,
) -> list[Difference]:
    after = [*issued, *changes.lines, *changes.held]
    to_send = [line for line in changes.lines if line.key.customer_id != NOBODY]
    to_send += [each.line for each in waited]
    return [
        *identities.ledger(charges, after),
        *identities.documents(sent.bills, to_send, _left(sent)),
    ]


def _kept_otherwise(
    connection: psycopg.Connection,
    run_id: int,
    settlement: Settlement,
    held: Sequence[LedgerLine],
    rate: Rate,
) -> list[Difference]:
    """Where what PostgreSQL has of a run is not as it was computed, or leaves more to issue."""
    lines = ledger.issued(connection, settlement.site_id, settlement.month)
    kept = runs.charges(connection, run_id)
    return identities.again(settlement.charges, kept, [*lines, *held], rate)


def _write(
    connection: psycopg.Connection,
    arguments: RunArguments,
    found: Run,
    state: RunState,
    wrong: Sequence[Difference],
    waits: Sequence[Hold] = (),
) -> int:
    settlement = found.settlement
    own = [each for each in settlement.charges if each.key.customer_id != NOBODY]
    run_id = runs.write(
        connection,
        NewRun(
            arguments,
            state,
            sum(each.exact for each in own),
            sum(each.minor for each in own),
            energies_of(settlement),
            broken_as_rows(wrong),
        ),
        settlement.charges,
    )
    exceptions.write(
        connection,
        run_id,
        arguments.site_id,
        arguments.month,
        exceptions_of(_told_whose(found.findings, waits)),
    )
    return run_id


def _waits(arguments: RunArguments, masters: Masters, found: Run) -> tuple[Hold, ...]:
    """Whose bill waits. A final run leaves nobody waiting: a person declares estimates final."""
    if arguments.kind == "final":
        return ()
    site = next(each for each in masters.sites if each.site_id == arguments.site_id)
    month = calendar_of(site, masters.holidays).local_month(arguments.month)
    return holds(masters, found.findings, month)


def _told_whose(findings: Sequence[Finding], waits: Sequence[Hold]) -> list[Finding]:
    """Findings that hold bills, with the customers whose they are."""
    whose: dict[object, set[int]] = defaultdict(set)
    for each in waits:
        whose[_key(each.finding)].add(each.customer_id)
    return [
        replace(each, detail={**each.detail, "holds": f"bill of {_named(whose[_key(each)])}"})
        if _key(each) in whose
        else each
        for each in findings
    ]


def _key(finding: Finding) -> object:
    return finding.rule, finding.register_id, finding.commodity, finding.begin_ms


def _named(customer_ids: Iterable[int]) -> str:
    return ", ".join(f"customer {each}" for each in sorted(customer_ids))


def energies_of(settlement: Settlement) -> tuple[RunEnergy, ...]:
    """What registers counted, as it is kept with a run; losses are told of feeders."""
    return tuple(
        RunEnergy(
            each.commodity,
            each.direction,
            each.metered_mwh,
            each.billed_mwh,
            each.unassigned_mwh,
            each.estimated_mwh,
            each.edited_mwh,
            settlement.losses_mwh.get(each.commodity) if each.direction == "feeder" else None,
        )
        for each in settlement.balances
    )


def exceptions_of(findings: Sequence[Finding]) -> list[NewException]:
    """Findings as they are kept: each rule once of a register, or of premises, and begin."""
    kept: dict[tuple[object, ...], NewException] = {}
    for each in findings:
        premises_id = "" if each.register_id else str(each.detail.get("premises_id", ""))
        key = (each.register_id, each.commodity, premises_id, each.rule, each.begin_ms)
        kept[key] = NewException(
            each.rule,
            each.register_id,
            each.commodity,
            premises_id,
            each.begin_ms,
            each.end_ms,
            each.severity,
            each.detail,
        )
    return list(kept.values())
