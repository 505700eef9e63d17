"""What is the matter with the network, as alerts."""

from collections.abc import Iterable
from typing import Annotated

import typer
from msgspec.json import encode
from rich.console import RenderableType
from rich.text import Text

from adapters.terminal import terminal
from contracts.alerts import Alert, Kind, id_parts
from contracts.errors import OperationError
from contracts.incidents import Incident, incidents
from contracts.settings import Settings
from simulators.errors import OptionError
from wattstream.commands.options import Namespace, settings_of

app = typer.Typer(
    help="Alerts: list them, follow them, show one with its evidence, or outages that are one."
)

AsJson = Annotated[bool, typer.Option("--json", help="On standard output, a JSON object a line.")]


@app.callback(invoke_without_command=True)
def alerts(
    context: typer.Context,
    kind: Annotated[Kind | None, typer.Option(help="Of this kind only.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Then each version as it comes, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
    namespace: Namespace = None,
) -> None:
    """List the alerts that are open, the severest first, and those closed in the last day."""
    if context.invoked_subcommand is not None:
        if kind or follow or as_json or namespace:
            name = context.invoked_subcommand
            raise OptionError(
                f"an option is given before `{name}`: give those of `{name}` after it"
            )
        return
    settings = settings_of(namespace)
    if follow:
        _follow(settings, kind, as_json=as_json)
    else:
        _list(settings, kind, as_json=as_json)


@app.command()
def show(
    alert_id: Annotated[str, typer.Argument(metavar="ID", help="As `wattstream alerts` lists it.")],
    as_json: AsJson = False,
    namespace: Namespace = None,
) -> None:
    """Show all versions of an alert, each with its evidence, and the homes that it hit."""
    from wattstream.alert_tables import alert_story
    from wattstream.alerts import versions_of

    try:
        id_parts(alert_id)
    except ValueError as error:
        raise OptionError(str(error)) from None
    settings = settings_of(namespace)
    versions, notes = versions_of(settings, alert_id)
    _note(notes)
    if not versions:
        raise OperationError(
            f"there is no alert {alert_id} in namespace {settings.namespace}; `wattstream alerts "
            f"--namespace {settings.namespace}` lists those of the last day"
        )
    if as_json:
        _print_json(versions)
    else:
        _print(alert_story(versions))


@app.command("incidents")
def show_incidents(
    outage_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Of any of its outages: show that one.")
    ] = None,
    as_json: AsJson = False,
    namespace: Namespace = None,
) -> None:
    """List outages that are near one another as incidents, or show one with its feeders."""
    from wattstream.alerts import standing
    from wattstream.incident_tables import incident_list, incident_story, worth_telling

    settings = settings_of(namespace)
    outages, now_ms = standing(settings, "outage")
    found = incidents(outages)
    if outage_id is not None:
        found = [_with_outage(found, outage_id, settings)]
    if as_json:
        _print_json(found)
    elif outage_id is not None:
        _print(incident_story(found[0], {each.id: each for each in outages}))
    elif worth_telling(found):
        _print(incident_list(found, now_ms))
    else:
        _print(
            f"No incident in namespace {settings.namespace}: no outages near one another are open "
            "or were closed in the last day."
        )


def _with_outage(found: Iterable[Incident], outage_id: str, settings: Settings) -> Incident:
    for each in found:
        if outage_id in each.outages:
            return each
    raise OperationError(
        f"there is no outage {outage_id} in namespace {settings.namespace}; `wattstream alerts "
        f"--kind outage --namespace {settings.namespace}` lists those of the last day"
    )


def _list(settings: Settings, kind: Kind | None, *, as_json: bool) -> None:
    from wattstream.alert_tables import alert_list
    from wattstream.alerts import standing
    from wattstream.incident_tables import incident_lines

    found, now_ms = standing(settings, kind)
    if as_json:
        _print_json(found)
    elif found:
        _print(*incident_lines(incidents(found)), alert_list(found, now_ms))
    else:
        _print(
            f"No alert{f' of kind {kind}' if kind else ''} in namespace {settings.namespace}: none "
            "is open, and none was closed in the last day."
        )


def _follow(settings: Settings, kind: Kind | None, *, as_json: bool) -> None:
    from redis import RedisError

    from adapters.alert_feed import AlertFeed
    from adapters.errors import explain
    from simulators.signals import stop_on_interrupt
    from wattstream.alert_tables import alert_news

    # What comes while the list is made is in the feed: at worst it is shown twice.
    with stop_on_interrupt() as stop, AlertFeed(settings) as feed:
        try:
            _list(settings, kind, as_json=as_json)
        except RedisError as error:
            _note([f"{explain(error, settings)}. What is open already is not listed."])
        if not as_json:
            _print("", "Following; Ctrl-C ends.", "")
        for alert in feed.until(stop):
            if kind not in (None, alert.kind):
                continue
            if as_json:
                _print_json([alert])
            else:
                _print(alert_news(alert))


def _print(*parts: RenderableType) -> None:
    console = terminal(highlight=False)
    for part in parts:
        console.print(part)


def _print_json(values: Iterable[Alert | Incident]) -> None:
    for each in values:
        print(encode(each).decode(), flush=True)


def _note(notes: Iterable[str]) -> None:
    console = terminal(stderr=True, highlight=False)
    for each in notes:
        console.print(Text.assemble(("note:", "yellow"), " ", each), soft_wrap=True)
