"""`wattstream import`: readings from the files that utilities and portals exchange."""

import re
from datetime import timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from adapters.terminal import terminal
from contracts.geohash import ALPHABET
from contracts.reading import MAX_GEOHASH_LENGTH, MIN_GEOHASH_LENGTH
from exchange.errors import ExchangeError
from exchange.formats.options import Options
from wattstream.commands.options import Namespace, settings_of

console = terminal()
app = typer.Typer()

REFUSED, UNUSABLE = 1, 2
OFFSET = re.compile("([+-])([0-9]{1,2})(?::?([0-5][0-9]))?")
FURTHEST = timedelta(hours=14)
"""That any clock is ahead of UTC, or behind."""


@app.command("import")
def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="NEM12, NEM13, Green Button, P1, MSCONS or a table; plain, gzip or zip.",
        ),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Say what would become of it, and send nothing.")
    ] = False,
    mapping: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What the columns of a table mean: one of ours, or FILE.toml; without, it is "
            "known by its headings.",
        ),
    ] = None,
    meter: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[THEIRS=]OURS",
            help="Whose readings these are, where a file names no meter, or another name; again "
            "for each.",
        ),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(
            help="Of local times that do not say it: Europe/Paris, or +08:00 all the year; of "
            "NEM12 the latter."
        ),
    ] = None,
    epoch_is_local: Annotated[
        bool, typer.Option("--epoch-is-local", help="Epoch seconds are local times of --zone.")
    ] = False,
    unit: Annotated[
        str | None, typer.Option(help="Of amounts that have none: Wh, kWh or MWh.")
    ] = None,
    calorific: Annotated[
        str | None,
        typer.Option(help="MJ in a cubic metre of gas as it is counted, where energy is said."),
    ] = None,
    net: Annotated[
        bool, typer.Option("--net", help="Energy below zero goes the other way, and is right.")
    ] = False,
    geohash: Annotated[
        str | None, typer.Option(help="Where meters are that the registry does not have.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=1, help="Readings a second at most; as many as go, without.")
    ] = None,
    sole_writer: Annotated[
        bool,
        typer.Option(
            "--sole-writer", help="Nobody else writes to a topic whose producers stamp arrivals."
        ),
    ] = False,
    namespace: Namespace = None,
) -> None:
    """Import readings from files: each once, however often. What cannot be used is in a report.

    Exits 0 if all could be used, 2 if something could not, 1 if a file was refused."""
    from exchange.formats.mapping import named
    from wattstream.importing import checked, imported

    settings = settings_of(namespace)
    options = _options(meter or [], zone, epoch_is_local, unit, calorific, net)
    columns = None if mapping is None else named(mapping)
    where = _geohash(geohash)
    if check:
        outcome = checked(settings, files, options, columns, console, geohash=where)
    else:
        outcome = imported(
            settings,
            files,
            options,
            columns,
            console,
            geohash=where,
            rate=rate,
            sole_writer=sole_writer,
        )
    if outcome.refused:
        raise typer.Exit(REFUSED)
    if outcome.unusable:
        raise typer.Exit(UNUSABLE)


def _options(
    meters: list[str],
    zone: str | None,
    epoch_is_local: bool,
    unit: str | None,
    calorific: str | None,
    net: bool,
) -> Options:
    """What was told, as readers want it.

    Raises:
        ExchangeError: a value that none of them can take.
    """
    pairs = [each.rpartition("=") for each in meters]
    alone = [ours for _, sign, ours in pairs if not sign]
    if len(alone) > 1:
        raise ExchangeError(
            f"--meter {alone[0]} and --meter {alone[1]}: only one can be for files without a "
            "meter; give --meter THEIRS=OURS for each that a file names"
        )
    if unit is not None and unit not in ("Wh", "kWh", "MWh"):
        raise ExchangeError(f"--unit {unit}: give Wh, kWh or MWh")
    told = None if zone is None else _zone(zone)
    if epoch_is_local and told is None:
        raise ExchangeError("--epoch-is-local needs --zone, such as America/Los_Angeles")
    return Options(
        meter=alone[0] if alone else None,
        meters={theirs: ours for theirs, sign, ours in pairs if sign},
        zone=told,
        epoch_is_local=epoch_is_local,
        unit=unit,
        calorific_mj_per_m3=_calorific(calorific),
        net=net,
    )


def _zone(text: str) -> tzinfo:
    if match := OFFSET.fullmatch(text):
        ahead = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        if ahead <= FURTHEST:
            return timezone(-ahead if match[1] == "-" else ahead)
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ExchangeError(
            f"--zone {text}: give the name of a zone such as Europe/Paris, or +08:00"
        ) from None


def _calorific(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(0)
    if not 1 <= value <= 200:
        raise ExchangeError(f"--calorific {text}: give MJ per cubic metre, from 1 to 200")
    return value


def _geohash(text: str | None) -> str | None:
    if text is None:
        return None
    if not MIN_GEOHASH_LENGTH <= len(text) <= MAX_GEOHASH_LENGTH or set(text) - set(ALPHABET):
        raise ExchangeError(
            f"--geohash {text}: give {MIN_GEOHASH_LENGTH} to {MAX_GEOHASH_LENGTH} of {ALPHABET}"
        )
    return text
