"""`wattstream bill`: runs of a month, and what they issued."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from adapters.terminal import terminal
from contracts.billing import RunKind
from contracts.settings import Settings
from simulators.errors import OptionError, check_known
from wattstream.commands.bill_pdf import pdf
from wattstream.commands.options import Namespace, is_alone, settings_of

if TYPE_CHECKING:
    import psycopg

    from contracts.issued import Document

console = terminal()
app = typer.Typer(help="Bill a month, and look at what was billed.")

KINDS = get_args(RunKind)

Month = Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Local month.")]
Site = Annotated[str | None, typer.Option(help="All sites if absent.")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Of an invoice or credit note.")]

app.command()(pdf)


@app.callback(invoke_without_command=True)
def bill(
    context: typer.Context,
    month: Month = None,
    site: Site = None,
    kind: Annotated[
        str | None, typer.Option(metavar="|".join(KINDS), help="The one that is due if absent.")
    ] = None,
    readings_until: Annotated[
        str | None,
        typer.Option(
            metavar="OFFSET,...",
            help="By partition, the first reading that is left out; what is archived if absent.",
        ),
    ] = None,
    masters_as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="As was recorded then; a minute ago if absent."),
    ] = None,
    measured_only: Annotated[
        bool, typer.Option("--measured-only", help="What was not measured waits.")
    ] = False,
    minimum_minor: Annotated[
        int, typer.Option("--minimum-adjustment", min=0, help="Pence: smaller corrections wait.")
    ] = 0,
    after_final: Annotated[
        bool, typer.Option("--after-final", help="Issue what differs though the month is final.")
    ] = False,
    now: Annotated[
        bool,
        typer.Option(
            "--now", help="Send corrections by documents of their own, not with the next ones."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be issued, and write nothing.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Show what the running month costs, until Ctrl-C.")
    ] = False,
    customer: Annotated[int | None, typer.Option(help="With --follow: whose.")] = None,
    namespace: Namespace = None,
) -> None:
    """Compute a month and issue by how much it differs from what was issued before.

    All of a site is written or nothing; the same again issues nothing. Exits 1 if something does
    not add up: that run is kept, and issues nothing.
    """
    asked = (month, kind, readings_until, masters_as_of, measured_only, minimum_minor, after_final)
    if not is_alone(context, *asked, now, dry_run, site, follow, customer, namespace):
        return
    if follow:
        runs = {
            "--month": month,
            "--kind": kind,
            "--readings-until": readings_until,
            "--masters-as-of": masters_as_of,
            "--measured-only": measured_only,
            "--minimum-adjustment": minimum_minor,
            "--after-final": after_final,
            "--now": now,
            "--dry-run": dry_run,
        }
        if others := [name for name, value in runs.items() if value]:
            raise OptionError(
                f"{others[0]} is given with --follow, which shows the running month: leave one out"
            )
        _follow(settings_of(namespace), site, customer)
        return
    if customer is not None:
        raise OptionError("--customer is given without --follow: `wattstream bill list` takes it")
    if month is None:
        raise OptionError("--month is missing: give a local month, such as 2013-03")
    check_known("--kind", [kind], KINDS)
    from adapters.arrivals import came_from
    from adapters.master_rows import masters
    from adapters.postgres import connect
    from services.settlement.asked import arguments_of, sites_of
    from services.settlement.issue import issue
    from services.settlement.method import method_of_now
    from services.settlement.run import rules_of_month
    from services.settlement.stored import computed
    from wattstream.bill_tables import run_summary

    settings = settings_of(namespace)
    with connect(settings) as connection:
        as_of_ms = as_of(masters_as_of, connection)
        with console.status("asking how far readings are archived"):
            until = archived(readings_until, settings)
        known = masters(connection, as_of_ms)
        is_broken = False
        for each in sites_of(known, site):
            method = method_of_now(
                rules=rules_of_month(known, each.site_id, month),
                period_ms=settings.period_ms,
                estimate=not measured_only,
            )
            arguments = arguments_of(
                connection,
                known,
                each,
                month,
                kind=cast(RunKind | None, kind),
                readings_until=until,
                rules=method.text,
                horizon_ms=settings.closing_ms,
                came_from=lambda at_ms: came_from(settings, at_ms),
            )
            with progress(f"{each.site_id} {month}") as told:
                found = computed(settings, connection, arguments, told, known=known)
                issued = issue(
                    connection,
                    arguments,
                    found.masters,
                    found.run,
                    minimum_minor=minimum_minor,
                    after_final=after_final,
                    now=now,
                    dry_run=dry_run,
                )
            console.print(run_summary(arguments, found.run, issued), highlight=False)
            is_broken |= bool(issued.broken)
    raise typer.Exit(1 if is_broken else 0)


def _follow(settings: Settings, site: str | None, customer: int | None) -> None:
    from adapters.live_store import LiveStore
    from adapters.postgres import connect
    from simulators.signals import stop_on_interrupt
    from wattstream.follow import Follow, settling, show

    # Who settles only logs that there is no such namespace.
    connect(settings).close()
    with (
        stop_on_interrupt() as stop,
        LiveStore(settings.redis) as store,
        settling(settings),
    ):
        show(Follow(settings, store, site, customer), console, stop)


@app.command("list")
def list_(
    month: Month = None,
    site: Site = None,
    customer: Annotated[int | None, typer.Option(help="Whose.")] = None,
    run: Annotated[int | None, typer.Option(help="Of one run.")] = None,
    namespace: Namespace = None,
) -> None:
    """List invoices and credit notes, and their sums."""
    from adapters.bills.documents import documents
    from adapters.postgres import connect
    from wattstream.bill_tables import document_table

    with connect(settings_of(namespace)) as connection:
        found = documents(connection, month=month, site_id=site, customer_id=customer, run_id=run)
    console.print(document_table(found), highlight=False)


@app.command()
def waiting(site: Site = None, namespace: Namespace = None) -> None:
    """List corrections that wait for the next document of their customer."""
    from adapters.bills import ledger, runs
    from adapters.postgres import connect
    from wattstream.bill_tables import waiting_table

    with connect(settings_of(namespace)) as connection:
        found = ledger.waiting(connection, site)
        currencies = runs.currencies(connection, {each.run_id for each in found})
    console.print(waiting_table(found, currencies), highlight=False)


@app.command()
def show(number: Number, namespace: Namespace = None) -> None:
    """Show a document: its lines, tax and totals."""
    from adapters.postgres import connect
    from services.settlement.explain import document_of
    from wattstream.bill_tables import document_page

    with connect(settings_of(namespace)) as connection:
        console.print(document_page(document_of(connection, number)), highlight=False)


@app.command()
def explain(
    number: Number,
    periods: Annotated[
        bool, typer.Option("--periods", help="Each period of each line, not each day.")
    ] = False,
    namespace: Namespace = None,
) -> None:
    """Explain a document: what each line is made of, by the day, and how that is known."""
    from adapters.postgres import connect
    from services.settlement.explain import explain as explain_
    from wattstream.bill_tables import explanation

    settings = settings_of(namespace)
    with connect(settings) as connection, progress(f"document {number}") as told:
        found = explain_(settings, connection, number, told)
    console.print(explanation(found, periods=periods), highlight=False)


@app.command()
def reproduce(
    number: Annotated[str | None, typer.Argument(metavar="[NUMBER]")] = None,
    run: Annotated[int | None, typer.Option(help="A run, in the place of a document.")] = None,
    namespace: Namespace = None,
) -> None:
    """Compute the runs that a document has lines of once more, from their arguments; exits 1 unless
    they have the same charges, byte by byte."""
    from adapters.postgres import connect
    from services.settlement.explain import document_of
    from services.settlement.stored import reproduced
    from wattstream.bill_tables import reproduction

    if (number is None) == (run is None):
        raise OptionError("give the number of a document or --run, and not both")
    settings = settings_of(namespace)
    with connect(settings) as connection:
        run_ids = {run} if number is None else _runs_of(document_of(connection, number))
    same = True
    for run_id in sorted(each for each in run_ids if each is not None):
        # Another connection for each: the archive may take longer than one is kept.
        with connect(settings) as connection, progress(f"run {run_id}") as told:
            found = reproduced(settings, connection, run_id, told)
        console.print(reproduction(found), highlight=False)
        same &= found.same
    raise typer.Exit(0 if same else 1)


def _runs_of(document: "Document") -> set[int | None]:
    return {document.run_id, *document.runs}


@app.command()
def csv(
    month: Month = None,
    site: Site = None,
    customer: Annotated[int | None, typer.Option(help="Whose.")] = None,
    run: Annotated[int | None, typer.Option(help="Of one run.")] = None,
    charges: Annotated[
        bool,
        typer.Option("--charges", help="With --run: all that it computed, issued or not."),
    ] = False,
    namespace: Namespace = None,
) -> None:
    """Write the lines of documents as CSV to standard output, each with its document's number."""
    from adapters.bills.documents import documents
    from adapters.bills.runs import charges as charges_of
    from adapters.postgres import connect
    from billing.settlement.written import charges_text, document_lines_text

    if charges and run is None:
        raise OptionError("--charges is given without --run: say of which run")
    with connect(settings_of(namespace)) as connection:
        if charges:
            assert run is not None
            text = charges_text(charges_of(connection, run, customer))
        else:
            found = documents(
                connection,
                month=month,
                site_id=site,
                customer_id=customer,
                run_id=run,
                whole=True,
            )
            text = document_lines_text(found)
    sys.stdout.write(text)


def archived(text: str | None, settings: Settings) -> list[int]:
    """What is asked for, once it is certain that all of it is archived.

    Raises:
        OptionError: it is no list of offsets, or goes beyond what is archived.
    """
    from adapters.archived import archived_until

    known_until = archived_until(settings)
    if text is None:
        return known_until
    try:
        until = [int(part) for part in text.split(",")]
    except ValueError:
        until = []
    if len(until) != len(known_until) or min(until) < 0:
        raise OptionError(
            f"--readings-until is {text!r}: give {len(known_until)} offsets, one a partition, such "
            f"as {','.join(map(str, known_until))}"
        )
    for partition, (asked, known) in enumerate(zip(until, known_until, strict=True)):
        if asked > known:
            raise OptionError(
                f"--readings-until is {asked} in partition {partition}, and {known} is archived: "
                "give no more, since nobody could compute that run again"
            )
    return until


def as_of(text: str | None, connection: "psycopg.Connection") -> int:
    """What is asked for, once nothing can be recorded before it any more, epoch ms.

    Raises:
        OptionError: it is no time, or too late a one.
    """
    from adapters.postgres import newest_as_of_ms
    from wattstream.times import instant_ms, utc_text

    newest_ms = newest_as_of_ms(connection)
    if text is None:
        return newest_ms
    as_of_ms = instant_ms("--masters-as-of", text)
    if as_of_ms > newest_ms:
        raise OptionError(
            f"--masters-as-of is {text!r}, and what is recorded may still change since "
            f"{utc_text(newest_ms)} UTC: give that or an earlier time"
        )
    return as_of_ms


@contextmanager
def progress(what: str) -> Iterator[Callable[[date], None]]:
    """Show which day is being read, for as long as the context lasts."""
    with console.status(f"{what}: reading masters") as status:
        yield lambda day: status.update(f"{what}: reading {day}")
