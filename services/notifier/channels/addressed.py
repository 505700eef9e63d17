"""The channels that get messages, with their addresses and secrets out of the environment."""

from collections.abc import Mapping

from services.notifier.channels.by_apprise import by_apprise, by_apprise_to_customers
from services.notifier.channels.home_assistant import home_assistant
from services.notifier.channels.mail import mail, mail_to_customers
from services.notifier.channels.sending import Send, SendTo
from services.notifier.channels.webhook import webhook
from services.notifier.errors import NotifyError
from services.notifier.rules import Channel


def addressed(name: str, channel: Channel, environment: Mapping[str, str]) -> Send:
    """How a channel is sent to.

    Raises:
        NotifyError: a variable is missing, or what it has is no address or secret of the type;
            names the channel and the variable, and does not show what it has.
    """
    url = address_of(name, channel, environment)
    secret = ""
    if channel.secret_env is not None:
        secret = _value(name, "secret_env", channel.secret_env, environment)
    try:
        if channel.type == "mail":
            return mail(url)
        if channel.type == "apprise":
            return by_apprise(url)
        if not url.startswith(("http://", "https://")):
            raise NotifyError("the address is no http:// nor https:// URL: give one")
        if channel.type == "webhook":
            return webhook(url, secret)
        return home_assistant(
            url, secret, channel.voice or "", channel.speaker or "", channel.language
        )
    except NotifyError as error:
        names = " and ".join(filter(None, (channel.url_env, channel.secret_env)))
        raise NotifyError(f"channel.{name} ({names}): {error}") from None


def addressed_to_customers(name: str, channel: Channel, environment: Mapping[str, str]) -> SendTo:
    """How customers are sent to by a channel.

    Raises:
        NotifyError: as `addressed`.
    """
    url = address_of(name, channel, environment)
    try:
        return mail_to_customers(url) if channel.type == "mail" else by_apprise_to_customers(url)
    except NotifyError as error:
        raise NotifyError(f"channel.{name} ({channel.url_env}): {error}") from None


def address_of(name: str, channel: Channel, environment: Mapping[str, str]) -> str:
    """Where a channel is.

    Raises:
        NotifyError: the variable is missing.
    """
    return _value(name, "url_env", channel.url_env, environment)


def _value(name: str, key: str, variable: str, environment: Mapping[str, str]) -> str:
    if value := environment.get(variable, "").strip():
        return value
    raise NotifyError(
        f"channel.{name}.{key} names {variable}, which the environment does not have: set it"
    )
