"""What is the matter with the network, as alerts, and what people say of them."""

import getpass
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.json import encode
from rich.console import RenderableType
from rich.text import Text

from adapters.terminal import terminal
from contracts.alerts import Alert, Kind, id_parts
from contracts.errors import OperationError
from contracts.incidents import Incident, incidents
from contracts.notes import Note, What
from contracts.settings import Settings
from simulators.errors import OptionError
from wattstream.commands.options import Namespace, is_alone, settings_of

if TYPE_CHECKING:
    from wattstream.alerts import Standing, Story

app = typer.Typer(
    help="Alerts: list them, follow them, show one with its evidence, or outages that are one; "
    "acknowledge one, or note what others should know of it."
)

AnId = Annotated[str, typer.Argument(metavar="ID", help="As `wattstream alerts` lists it.")]
Who = Annotated[
    str | None, typer.Option("--as", metavar="WHO", help="Who says it; your user name if absent.")
]

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
    if not is_alone(context, kind, follow, as_json, namespace):
        return
    settings = settings_of(namespace)
    if follow:
        _follow(settings, kind, as_json=as_json)
    else:
        _list(settings, kind, as_json=as_json)


@app.command()
def show(alert_id: AnId, as_json: AsJson = False, namespace: Namespace = None) -> None:
    """Show all versions of an alert, each with its evidence, what people say of it, and the homes
    that it hit."""
    from wattstream.alert_tables import alert_story

    story = _story(settings_of(namespace), alert_id)
    _remark(story.remarks)
    if as_json:
        _print_json([*story.versions, *story.notes])
    else:
        _print(alert_story(story.versions, story.notes))


@app.command()
def acknowledge(
    alert_id: AnId,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What others should know.")] = "",
    who: Who = None,
    namespace: Namespace = None,
) -> None:
    """Say that somebody looks after an alert; it stays open until what it tells of is over."""
    _say(settings_of(namespace), alert_id, "acknowledged", note, who)


@app.command()
def unacknowledge(
    alert_id: AnId,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What others should know.")] = "",
    who: Who = None,
    namespace: Namespace = None,
) -> None:
    """Say that nobody looks after an alert any more."""
    _say(settings_of(namespace), alert_id, "unacknowledged", note, who)


@app.command()
def assign(
    alert_id: AnId,
    assignee: Annotated[
        str | None, typer.Argument(metavar="[WHOM]", help="Nobody any more if absent.")
    ] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What others should know.")] = "",
    who: Who = None,
    namespace: Namespace = None,
) -> None:
    """Say who is to look after an alert; whether somebody does, `acknowledge` says."""
    _say(settings_of(namespace), alert_id, "assigned", note, who, assignee)


@app.command("note")
def note_(
    alert_id: AnId,
    text: Annotated[str, typer.Argument(help="What others should know.")],
    who: Who = None,
    namespace: Namespace = None,
) -> None:
    """Note what others should know of an alert, open or closed."""
    _say(settings_of(namespace), alert_id, "note", text, who)


def _say(
    settings: Settings,
    alert_id: str,
    what: What,
    text: str,
    who: str | None,
    assignee: str | None = None,
) -> None:
    from adapters.note_topic import say
    from wattstream.alert_tables import said

    at_ms = time.time_ns() // 1_000_000
    try:
        note = Note(alert_id, at_ms, name_of(who), what, text, assignee)
    except ValueError as error:
        raise OptionError(str(error)) from None
    _story(settings, alert_id)
    say(settings, note)
    _print(f"{note.who} {said(note, alert_id)}")


def name_of(who: str | None) -> str:
    """Who says something: that name, or that of the user.

    Raises:
        OptionError: this machine has none.
    """
    if who is not None:
        return who
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise OptionError("this machine has no name for you: give one with --as") from None


def _story(settings: Settings, alert_id: str) -> "Story":
    """What is known of an alert that there is."""
    from wattstream.alerts import story_of

    try:
        id_parts(alert_id)
    except ValueError as error:
        raise OptionError(str(error)) from None
    story = story_of(settings, alert_id)
    if not story.versions:
        _remark(story.remarks)
        raise OperationError(
            f"there is no alert {alert_id} in namespace {settings.namespace}; `wattstream alerts "
            f"--namespace {settings.namespace}` lists those of the last day"
        )
    return story


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
    stand = standing(settings, "outage")
    _require(settings, stand)
    outages, now_ms = stand.alerts, stand.now_ms
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

    stand = standing(settings, kind)
    _require(settings, stand)
    found = stand.alerts
    if as_json:
        _print_json(found)
    elif found:
        listed = alert_list(found, stand.now_ms, stand.notes)
        _print(*incident_lines(incidents(found)), listed)
    else:
        _print(
            f"No alert{f' of kind {kind}' if kind else ''} in namespace {settings.namespace}: none "
            "is open, and none was closed in the last day."
        )


def _require(settings: Settings, stand: "Standing") -> None:
    """Where Redis knows nothing of a namespace, see that there is one."""
    from wattstream.namespaces import require_namespace

    if not stand.now_ms:
        require_namespace(settings)


def _follow(settings: Settings, kind: Kind | None, *, as_json: bool) -> None:
    from redis import RedisError

    from adapters.alert_feed import AlertFeed
    from adapters.errors import explain
    from simulators.signals import stop_on_interrupt
    from wattstream.alert_tables import alert_news
    from wattstream.namespaces import require_namespace

    require_namespace(settings)
    # What comes while the list is made is in the feed: at worst it is shown twice.
    with stop_on_interrupt() as stop, AlertFeed(settings) as feed:
        try:
            _list(settings, kind, as_json=as_json)
        except RedisError as error:
            _remark([f"{explain(error, settings)}. What is open already is not listed."])
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


def _print_json(values: Iterable[Alert | Incident | Note]) -> None:
    for each in values:
        print(encode(each).decode(), flush=True)


def _remark(remarks: Iterable[str]) -> None:
    console = terminal(stderr=True, highlight=False)
    for each in remarks:
        console.print(Text.assemble(("note:", "yellow"), " ", each), soft_wrap=True)
