"""Who is told of alerts: whether the rules can be used, what they make of an alert, and whether a
channel works."""

import time
from typing import Annotated

import typer

from adapters.terminal import terminal
from contracts.alerts import id_parts
from contracts.errors import OperationError
from contracts.settings import Settings
from simulators.errors import OptionError
from wattstream.commands.options import Namespace, settings_of

app = typer.Typer()


@app.command("notify")
def notify(
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
    """Check who is told of alerts, and when: give --check, --explain or --test.

    `python -m services.notifier` tells them.
    """
    settings = settings_of(namespace)
    if sum((check, explain is not None, test is not None)) != 1:
        raise OptionError("give one of --check, --explain ALERT and --test CHANNEL")
    if explain is not None:
        _explain(settings, explain)
    elif test is not None:
        _test(settings, test)
    else:
        _check(settings)


def _check(settings: Settings) -> None:
    from services.notifier.configured import configured

    known = configured(settings).notify
    for rule in known.rule:
        _print(f"rule {rule.name} tells {', '.join(dict.fromkeys(rule.channels))}")
    for name, channel in known.channel.items():
        _print(
            f"channel {name} ({channel.type}, {channel.language}, {channel.zone}) takes "
            f"{channel.max_per_hour} messages an hour"
        )
    _print(f"{settings.notify_file} can be used")


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
        for line in explain(rules, alert, time.time_ns() // 1_000_000):
            _print(f"  {line}")


def _test(settings: Settings, channel: str) -> None:
    from services.notifier.configured import configured
    from services.notifier.errors import NotifyError
    from services.notifier.trying import trial, trial_alert

    known = configured(settings)
    now_ms = time.time_ns() // 1_000_000
    if channel in known.senders:
        sent = known.senders[channel](*trial(channel, known.notify.page, now_ms))
    elif channel in known.posters:
        sent = known.posters[channel]([trial_alert(known.notify.page, now_ms)])
    else:
        names = ", ".join(sorted(known.notify.channel))
        raise NotifyError(f"--test is {channel!r}, and channels are {names}: give one of them")
    if sent.problem:
        raise OperationError(f"channel {channel}: {sent.problem}; see its address and secret")
    _print(f"channel {channel} has taken a message: see whether it is there")


def _print(text: str) -> None:
    terminal(highlight=False).print(text, soft_wrap=True, markup=False)
