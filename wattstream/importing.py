"""Files through the importer, one after the other, and what people are told of them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from adapters.durable import alone
from adapters.imported import LEDGER
from contracts.errors import OperationError
from contracts.settings import Settings
from exchange.errors import ExchangeError, FileRefused
from exchange.formats.mapping import Mapping
from exchange.formats.options import Options
from exchange.importing.importer import Importer, Place
from exchange.importing.ledger import Ledger
from exchange.importing.report import Report
from exchange.opening import Source, sources
from exchange.recognising import format_of, refuse_unused
from exchange.tally import Tally
from exchange.values import Block
from wattstream.import_tables import problems, summary

LONGEST_NAME = 100
"""Of a file's, in that of its report."""
UNSAID_METER = "meter-not-said"
ANYWHERE = "s0000"
"""Where a meter is of which is only asked what would be sent."""


@dataclass(slots=True)
class Outcome:
    """What became of several files."""

    refused: int = 0
    unusable: int = 0
    """Things that could not be used."""


def checked(
    settings: Settings,
    files: Sequence[Path],
    options: Options,
    mapping: Mapping | None,
    console: Console,
    *,
    geohash: str | None,
) -> Outcome:
    """Say what an import would do. It knows what was imported before, and the registry if that
    answers; it keeps nothing."""
    from exchange.importing.registry import registered_if_there

    registry = registered_if_there(settings)
    if registry is None:
        console.print(
            f"no registry of {settings.namespace} answers: meters are not checked",
            style="dim",
        )

    def place_of(block: Block) -> Place | None:
        found = None if registry is None else registry.get(block.meter_id)
        if found is not None:
            return found
        is_placed = registry is None or geohash is not None or block.meter_id == UNSAID_METER
        return Place(ANYWHERE, block.commodity) if is_placed else None

    path = settings.imports_dir / LEDGER
    ledger = Ledger(None, path if path.exists() else None)
    try:
        importer = Importer(ledger, None, place_of)
        told = replace(options, meter=options.meter or UNSAID_METER)
        return _all(importer, files, told, mapping, console, None)
    finally:
        ledger.close()


def imported(
    settings: Settings,
    files: Sequence[Path],
    options: Options,
    mapping: Mapping | None,
    console: Console,
    *,
    geohash: str | None,
    rate: float | None,
    sole_writer: bool,
) -> Outcome:
    """Import files; what an importer that was killed did not send comes first.

    Raises:
        OperationError: another import runs, or Kafka does not take readings.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    from exchange.importing.kafka_log import KafkaLog
    from exchange.importing.registry import Registry, registered

    folder = settings.imports_dir
    folder.mkdir(parents=True, exist_ok=True)
    busy = OperationError(f"another import into {settings.namespace} runs: wait for it")
    with alone(folder / "lock", busy):
        log = KafkaLog(settings, sole_writer=sole_writer, rate=rate)
        places = Registry(registered(settings), geohash, log.announce)
        ledger = Ledger(folder / LEDGER)
        try:
            importer = Importer(ledger, log, places.place_of)
            return _all(importer, files, options, mapping, console, folder)
        finally:
            ledger.close()


def _all(
    importer: Importer,
    files: Sequence[Path],
    options: Options,
    mapping: Mapping | None,
    console: Console,
    folder: Path | None,
) -> Outcome:
    outcome = Outcome()

    def refuse(refusal: FileRefused) -> None:
        outcome.refused += 1
        console.print(Text(f"refused: {refusal}", style="red"), soft_wrap=True)

    for path in files:
        try:
            found = sources(path)
        except FileRefused as refusal:
            refuse(refusal)
            continue
        for source in found:
            try:
                _one(importer, source, options, mapping, console, folder, outcome)
            except FileRefused as refusal:
                refuse(refusal)
    return outcome


def _one(
    importer: Importer,
    source: Source,
    options: Options,
    mapping: Mapping | None,
    console: Console,
    folder: Path | None,
    outcome: Outcome,
) -> None:
    known = format_of(source, mapping)
    refuse_unused(source, known, options)
    sha256 = source.sha256()
    with _report(folder, source, sha256) as report:
        with console.status(Text(f"reading {source.name}")) as status:

            def progress(tally: Tally) -> None:
                told = f"{source.name}: {tally.values:,} values, {tally.sent:,} sent"
                status.update(Text(told))

            found = known.read(source, options)
            tally = importer.take(found, sha256, source.name, report, progress)
        console.print(summary(source.name, known.name, tally, sent=folder is not None))
        if report.first:
            console.print(problems(report.first, report.lines))
            if report.path is not None:
                console.print(Text(f"all of them: {report.path}"), soft_wrap=True)
    if not tally.closes:
        raise ExchangeError(
            f"{source.name}: {tally.values:,} values, and it is known of {tally.accounted:,} what "
            "became of them: a fault of the importer; nothing was counted twice in the log"
        )
    outcome.unusable += sum(max(1, values) for values in tally.unusable.values())


@contextmanager
def _report(folder: Path | None, source: Source, sha256: str) -> Iterator[Report]:
    if folder is None:
        yield Report()
        return
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", source.member or source.path.name)
    path = folder / f"{name[-LONGEST_NAME:]}-{sha256[:8]}.jsonl"
    with path.open("wb") as output:
        yield Report(output, path)
