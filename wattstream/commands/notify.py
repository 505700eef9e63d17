"""How people are told of alerts: what is on its way, what is silent, and whether rules and channels
are as they must be."""

import secrets
import time
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.terminal import terminal
from contracts.alerts import Kind, id_parts
from contracts.errors import OperationError
from contracts.notify_requests import Request, SendAgain, Silence, Unsilence
from contracts.settings import Settings
from simulators.errors import OptionError
from wattstream.commands.alerts import Who, name_of
from wattstream.commands.options import Namespace, is_alone, settings_of

if TYPE_CHECKING:
    from services.notifier.state import State

app = typer.Typer(
    help="How people are told of alerts: see what is on its way, be silent of something for a "
    "while, have a message tried again, check rules and channels."
)


@app.callback(invoke_without_command=True)
def notify(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Whether notify.toml, texts and addresses can be used.")
    ] = False,
    explain: Annotated[
        str | None,
        typer.Option(metavar="ALERT", help="Which rule takes an alert, and when who is told."),
    ] = None,
    test: Annotated[
        str | None, typer.Option(metavar="CHANNEL", help="Send a message to try a channel.")
    ] = None,
    namespace: Namespace = None,
) -> None:
    """List what is on its way by which channel, what did not arrive, and what is silent."""
    if not is_alone(context, check, explain, test, namespace):
        return
    settings = settings_of(namespace)
    if sum((check, explain is not None, test is not None)) > 1:
        raise OptionError("give one of --check, --explain ALERT and --test CHANNEL")
    if explain is not None:
        _explain(settings, explain)
    elif test is not None:
        _test(settings, test)
    elif check:
        _check(settings)
    else:
        _list(settings)


@app.command()
def silence(
    why: Annotated[str, typer.Argument(help="For those who wonder that they hear nothing.")],
    length: Annotated[str, typer.Option("--for", metavar="LENGTH", help="Such as 90m, 4h or 2d.")],
    kind: Annotated[Kind | None, typer.Option(help="Of this kind only.")] = None,
    area: Annotated[
        str | None, typer.Option(help="Of areas that begin so, a geohash of 1 to 5 characters.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Of this feeder or meter.")] = None,
    incident: Annotated[
        str | None, typer.Option(metavar="ALERT", help="All that is told with this alert.")
    ] = None,
    begin: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="With its offset from UTC; now if absent."),
    ] = None,
    who: Who = None,
    namespace: Namespace = None,
) -> None:
    """Have nobody told of something for a while: of that to which all options apply.

    What goes on then is told afterwards, and the end of what was told before is told at once.
    """
    from wattstream.notify_tables import of
    from wattstream.times import instant_ms, utc_text

    settings, now_ms = settings_of(namespace), _now_ms()
    try:
        from_ms = now_ms if begin is None else instant_ms("--from", begin)
        asked = Silence(
            id=secrets.token_hex(4),
            at_ms=now_ms,
            who=name_of(who),
            why=why,
            from_ms=from_ms,
            until_ms=from_ms + _length_ms(length),
            kind=kind,
            area=area,
            subject=subject,
            incident=incident,
        )
    except ValueError as error:
        raise OptionError(str(error)) from None
    _ask(settings, asked)
    _print(
        f"silence {asked.id}: nobody is told of {of(asked)}, until {utc_text(asked.until_ms)} UTC"
    )


@app.command()
def unsilence(
    silence_id: Annotated[str, typer.Argument(metavar="ID", help="As `wattstream notify` has it.")],
    who: Who = None,
    namespace: Namespace = None,
) -> None:
    """End a silence before its time: what goes on is told."""
    from adapters.request_topic import silences

    settings, now_ms = settings_of(namespace), _now_ms()
    if silence_id not in {each.id for each in silences(settings, now_ms)}:
        raise OperationError(
            f"there is no silence {silence_id} in namespace {settings.namespace}; `wattstream "
            f"notify --namespace {settings.namespace}` lists those that hold"
        )
    _ask(settings, _made(Unsilence, silence_id, now_ms, who))
    _print(f"silence {silence_id} has ended")


@app.command()
def again(
    message_id: Annotated[str, typer.Argument(metavar="ID", help="As `wattstream notify` has it.")],
    who: Who = None,
    namespace: Namespace = None,
) -> None:
    """Have a message that did not arrive tried again, for a day."""
    from services.notifier.state import Dead

    settings = settings_of(namespace)
    if _state(settings).get(Dead, message_id) is None:
        raise OperationError(
            f"there is no message {message_id} in namespace {settings.namespace} that did not "
            f"arrive; `wattstream notify --namespace {settings.namespace}` lists them"
        )
    _ask(settings, _made(SendAgain, message_id, _now_ms(), who))
    _print(f"message {message_id} is tried again when its channel has room")


def _length_ms(text: str) -> int:
    from services.notifier.rules import span_ms

    try:
        return span_ms(text)
    except ValueError as error:
        raise OptionError(f"--for is {text!r}: {error}") from None


def _made(
    kind: type[Unsilence] | type[SendAgain], an_id: str, now_ms: int, who: str | None
) -> Request:
    try:
        return kind(an_id, now_ms, name_of(who))
    except ValueError as error:
        raise OptionError(str(error)) from None


def _ask(settings: Settings, request: Request) -> None:
    from adapters.request_topic import ask

    ask(settings, request)


def _state(settings: Settings) -> "State":
    """What the notifier knows, as its topic has it."""
    from adapters.notifications_topic import kept_notifications
    from services.notifier.kept import Record, restored

    return restored(Record(key, value) for key, value in kept_notifications(settings))


def _list(settings: Settings) -> None:
    from adapters.request_topic import silences
    from wattstream.notify_tables import standing

    now_ms = _now_ms()
    shown = standing(_state(settings), silences(settings, now_ms), now_ms)
    terminal(highlight=False).print(shown)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _check(settings: Settings) -> None:
    from services.notifier.configured import configured

    known = configured(settings).notify
    for rule in known.rule:
        _print(f"rule {rule.name} tells {', '.join(dict.fromkeys(rule.channels))}")
    for name, channel in known.channel.items():
        if name in known.of_customers:
            _print(f"channel {name} ({channel.type}) is one that customers choose from")
            continue
        _print(
            f"channel {name} ({channel.type}, {channel.language}, {channel.zone}) takes "
            f"{channel.max_per_hour} messages an hour"
        )
    if (customers := known.customers) is not None:
        _print(
            f"customers are told in {', '.join(customers.languages)}, each "
            f"{customers.max_per_hour} times an hour at most"
        )
    nobody = "" if known.tells_anybody else ", and nobody is told: it has no rule"
    _print(f"{settings.notify_file} can be used{nobody}")


def _explain(settings: Settings, alert_id: str) -> None:
    from services.notifier.configured import rules_of
    from services.notifier.explaining import explain
    from wattstream.alerts import story_of

    rules = rules_of(settings)
    try:
        id_parts(alert_id)
    except ValueError as error:
        raise OptionError(str(error)) from None
    versions = story_of(settings, alert_id).versions
    if not versions:
        raise OperationError(
            f"there is no alert {alert_id} in namespace {settings.namespace}; `wattstream alerts "
            f"--namespace {settings.namespace}` lists those of the last day"
        )
    for alert in versions:
        _print(f"version {alert.version}, {alert.state}, {alert.severity}:")
        for line in explain(rules, alert, _now_ms()):
            _print(f"  {line}")


def _test(settings: Settings, channel: str) -> None:
    from services.notifier.configured import configured
    from services.notifier.errors import NotifyError
    from services.notifier.trying import trial, trial_alert

    known = configured(settings)
    now_ms = _now_ms()
    if channel in known.senders:
        sent = known.senders[channel](*trial(channel, known.notify.page, now_ms))
    elif channel in known.posters:
        sent = known.posters[channel]([trial_alert(known.notify.page, now_ms)])
    else:
        names = ", ".join(sorted({*known.senders, *known.posters}))
        if channel in known.to_customers:
            raise NotifyError(
                f"--test is {channel!r}, which has no receiver of its own: choose it as a customer "
                f"does, or give one of {names or 'other channels, once there are'}"
            )
        raise NotifyError(f"--test is {channel!r}, and channels are {names}: give one of them")
    if sent.problem:
        raise OperationError(f"channel {channel}: {sent.problem}; see its address and secret")
    _print(f"channel {channel} has taken a message: see whether it is there")


def _print(text: str) -> None:
    terminal(highlight=False).print(text, soft_wrap=True, markup=False)
