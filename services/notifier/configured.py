"""All that a notifier is told by files and the environment, read and checked before it begins."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dotenv import dotenv_values

from contracts.settings import PROJECT, Settings
from services.notifier.channels.addressed import address_of, addressed, addressed_to_customers
from services.notifier.channels.alertmanager import Post, alertmanager
from services.notifier.channels.sending import Send, SendTo, Sent
from services.notifier.errors import NotifyError
from services.notifier.home_wording import HomeWriter
from services.notifier.messages import Letter, Message
from services.notifier.rule_file import read_rules
from services.notifier.rules import Channel, Notify
from services.notifier.texts import read_texts
from services.notifier.wording import Words, Writer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Configured:
    """The rules, and each channel by its name: how it is sent to, and in which words."""

    notify: Notify
    senders: Mapping[str, Send]
    writers: Mapping[str, Callable[[Message], Words]]
    posters: Mapping[str, Post]
    """Channels that get no messages and are shown what is open."""
    to_customers: Mapping[str, SendTo]
    """Channels that customers choose from."""
    home_words: Callable[[Letter], Words]
    """In which words a customer is told."""

    def send(self, message: Message) -> Sent:
        """A try to send a message by its channel."""
        return self.senders[message.channel](message, self.writers[message.channel](message))

    def send_to_customer(self, letter: Letter) -> Sent:
        """A try to send a message by the channel that the customer has chosen."""
        message, choice = letter
        send = self.to_customers[choice.channel]
        return send(choice.address, message, self.home_words(letter))


def configured(settings: Settings, environment: Mapping[str, str] | None = None) -> Configured:
    """What the file of the settings says.

    Args:
        environment: Of addresses and secrets; that of the process and `.env` if absent.

    Raises:
        NotifyError: something is missing or cannot be; says what, and what to do.
    """
    notify = rules_of(settings)
    known = environment_with_file() if environment is None else environment
    own = None if notify.texts is None else settings.notify_file.parent / notify.texts
    if own is not None and not own.is_dir():
        raise NotifyError(
            f"{settings.notify_file}: texts is {notify.texts!r}: there is no folder {own}; make "
            "it, or take `texts` out"
        )
    writers = {
        name: Writer(read_texts(channel.language, own), channel.zone, notify.page).words
        for name, channel in notify.messaged.items()
    }
    problems: list[str] = []
    shops = {n: each for n, each in notify.channel.items() if each.type == "alertmanager"}
    choices = {name: notify.channel[name] for name in notify.of_customers}
    senders = _made(addressed, notify.messaged, known, problems)
    posters = _made(_shown_to, shops, known, problems)
    to_customers = _made(addressed_to_customers, choices, known, problems)
    if problems:
        # A channel of duty that customers may choose, too, lacks what it lacks once.
        raise NotifyError("\n".join(dict.fromkeys(problems)))
    languages = () if notify.customers is None else notify.customers.languages
    home_words = HomeWriter({each: read_texts(each, own) for each in languages}, notify.page).words
    return Configured(notify, senders, writers, posters, to_customers, home_words)


def _made(
    make: Callable[[str, Channel, Mapping[str, str]], T],
    channels: Mapping[str, Channel],
    environment: Mapping[str, str],
    problems: list[str],
) -> dict[str, T]:
    """What is made of each channel; why it cannot be made of others is added to the problems."""
    found = {}
    for name, channel in channels.items():
        try:
            found[name] = make(name, channel, environment)
        except NotifyError as error:
            problems.append(str(error))
    return found


def _shown_to(name: str, channel: Channel, environment: Mapping[str, str]) -> Post:
    return alertmanager(name, address_of(name, channel, environment))


def rules_of(settings: Settings) -> Notify:
    """The rules alone.

    Raises:
        NotifyError: as `configured`.
    """
    path = settings.notify_file
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise NotifyError(
            f"{path} cannot be read: {error}; write it as docs/notifications.md says, or name "
            "another file by WATTSTREAM_NOTIFY_FILE"
        ) from None
    return read_rules(text, str(path))


def environment_with_file(file: Path = PROJECT / ".env") -> Mapping[str, str]:
    """The variables of the process, and those of the file that it does not have."""
    of_file = {name.upper(): value or "" for name, value in dotenv_values(file).items()}
    return {**of_file, **os.environ}
