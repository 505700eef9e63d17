"""`wattstream model`: what judges whether use is unusual: made, measured, and put to work."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from adapters.terminal import terminal
from contracts.models import UNUSUAL_USE
from contracts.settings import PROJECT
from infra.provenance import build
from wattstream.commands.options import Namespace, settings_of

if TYPE_CHECKING:
    from detection.unusual.calendar import Calendar
    from detection.unusual.hours import Hours

console = terminal()
app = typer.Typer(help="The model of unusual use of electricity.", no_args_is_help=True)

SPLITS = (11, 1, 2, 3, 4)

Region = Annotated[
    str | None,
    typer.Option(help="Whose public holidays are free days, such as US or GB-ENG; none if absent."),
]
TimeZone = Annotated[
    str, typer.Option(help="On whose clock people live, such as Europe/London.", show_default=True)
]


@app.command()
def train(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Half-hours: CSV as of Low Carbon London, plain or gzip, or Parquet with "
            "meter_id, ts (end, epoch ms) and energy_wh. Without any: the archive of the namespace."
        ),
    ] = None,
    groups: Annotated[
        Path | None, typer.Option(help="CSV with meter_id and group: meters that are alike.")
    ] = None,
    per_1000: Annotated[
        float | None, typer.Option(help="False alerts for 1,000 home-days.", show_default="5")
    ] = None,
    thresholds: Annotated[
        str | None,
        typer.Option(
            help="Take those of another version, or `london`, which ship: for less than 97 days, "
            "28 at least, or 15 meters. [its own]"
        ),
    ] = None,
    region: Region = None,
    time_zone: TimeZone = "UTC",
    seed: Annotated[
        int, typer.Option(help="Of the split into homes for thresholds and tests.")
    ] = 1,
    namespace: Namespace = None,
) -> None:
    """Learn from half a year or more what is usual; `publish` puts it to work."""
    from detection.unusual.model_files import save
    from detection.unusual.thresholds import USUAL_PER_1000, thresholds_of
    from detection.unusual.train import train as make
    from wattstream.model_data import groups_of, hours_of
    from wattstream.model_tables import measured_by

    settings = settings_of(namespace)
    folder = settings.models_dir / UNUSUAL_USE
    own = USUAL_PER_1000 if per_1000 is None else per_1000
    wanted = thresholds_of(folder, thresholds, per_1000) if thresholds else own
    with _told("reading"):
        hours = hours_of(settings, files or [])
        group_of = groups_of(groups) if groups else None
    with _told(f"learning from {len(hours.meters):,} meters and {hours.days:,} days"):
        model = make(
            hours,
            _calendar(hours, region, time_zone),
            wanted,
            group_of=group_of,
            seed=seed,
            data=tuple(map(str, files)) if files else (f"archive of {settings.namespace}",),
            code=build(PROJECT),
        )
        version = save(folder, model)
    card = model.card
    console.print(
        f"{version}: {card.meters:,} meters, {card.own:,} by their own hours\n{measured_by(card)}",
        soft_wrap=True,
        highlight=False,
    )


@app.command()
def evaluate(
    files: Annotated[list[Path] | None, typer.Argument(help="As of `train`.")] = None,
    per_1000: Annotated[
        list[float] | None,
        typer.Option(help="False alerts asked for; may be given more than once. [1, 5, 20]"),
    ] = None,
    split: Annotated[
        list[int] | None, typer.Option(help="Seed of a split; may be given more than once.")
    ] = None,
    region: Region = None,
    time_zone: TimeZone = "UTC",
    as_json: Annotated[
        bool, typer.Option("--json", help="The result on standard output, as JSON.")
    ] = False,
    namespace: Namespace = None,
) -> None:
    """Measure false alerts and what is found on homes held out, beside the min-max of the hour."""
    from detection.unusual.backtest import backtest
    from detection.unusual.evaluation import evaluate as measure
    from wattstream.model_data import hours_of
    from wattstream.model_tables import by_split, pooled

    with _told("reading"):
        hours = hours_of(settings_of(namespace), files or [])
    with _told(f"judging {hours.days:,} days"):
        tested = backtest(hours, _calendar(hours, region, time_zone))
        measured = list(measure(tested, split or SPLITS, per_1000 or (1.0, 5.0, 20.0)))
    if as_json:
        content = orjson.dumps([asdict(each) for each in measured], option=orjson.OPT_INDENT_2)
        sys.stdout.buffer.write(content + b"\n")
        return
    console.print(f"{tested.homes} of {len(hours.meters)} homes, {hours.days} days")
    console.print(pooled(measured), by_split(measured))


@app.command()
def publish(
    version: Annotated[str, typer.Argument(help="One of `wattstream model list`.")],
    valid_from: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%dT%H:%M"], help="First hour that it judges, UTC.")
    ],
    namespace: Namespace = None,
) -> None:
    """Let a version judge hours from one on that nobody can have judged yet."""
    from detection.unusual.archived_hours import newest_ms
    from detection.unusual.versions import publish as enter

    settings = settings_of(namespace)
    valid_from_ms = round(valid_from.replace(tzinfo=UTC).timestamp() * 1_000)
    enter(settings.models_dir / UNUSUAL_USE, version, valid_from_ms, newest_ms(settings) or 0)
    console.print(f"{version} judges hours from {valid_from:%Y-%m-%dT%H:%M} on", highlight=False)


@app.command("list")
def list_(namespace: Namespace = None) -> None:
    """The versions, and which hours they judge; whose thresholds are another's; those that are
    broken, for which the one before judges, and a status of 1 then."""
    from detection.unusual.versions import cards, manifest
    from wattstream.model_tables import listed, measured_by

    folder = settings_of(namespace).models_dir / UNUSUAL_USE
    known = manifest(folder)
    good, broken = cards(folder, known)
    if not good and not broken:
        console.print(f"no model in {folder}; `wattstream model train` makes one", soft_wrap=True)
        return
    console.print(listed(good, known))
    for version, card in good.items():
        if card.thresholds is not None:
            console.print(f"{version}: {measured_by(card)}", soft_wrap=True, highlight=False)
    for error in broken:
        console.print(f"broken: {error}", style="red", soft_wrap=True, highlight=False)
    if broken:
        raise typer.Exit(1)


def _calendar(hours: "Hours", region: str | None, time_zone: str) -> "Calendar":
    """With the holidays of the data's years, and of the two after them."""
    from detection.unusual.calendar import Calendar, public_holidays

    first, last = (
        datetime.fromtimestamp(ms / 1_000, UTC).year for ms in (hours.first_ms, hours.end_ms)
    )
    years = range(first, last + 3)
    return Calendar(time_zone, public_holidays(region, years) if region else frozenset())


@contextmanager
def _told(what: str) -> Iterator[None]:
    with terminal(stderr=True).status(what):
        yield
