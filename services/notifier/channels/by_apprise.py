"""All that apprise reaches: ntfy, Pushbullet, Telegram, Matrix, MQTT and a hundred others."""

import re

import apprise

from services.notifier.channels.sending import Send, SendTo, Sent
from services.notifier.errors import NotifyError
from services.notifier.messages import Message
from services.notifier.wording import Words

ADDRESS = "{address}"
"""What stands in a channel for customers where the name is that each has given."""
_A_NAME = "ada"


def by_apprise(url: str) -> Send:
    """A channel by an address of apprise.

    Raises:
        NotifyError: apprise does not know it; does not show it.
    """
    service = _service(url)
    if service is None:
        raise NotifyError(
            "the address of a channel is none that apprise knows: give one of its URLs, such as "
            "ntfys://HOST/TOPIC"
        )
    return lambda _, words: _sent(service, words)


def by_apprise_to_customers(template: str) -> SendTo:
    """A channel by addresses of apprise that have in some place what each customer has given.

    Args:
        template: An address with ADDRESS in it once, after the host.

    Raises:
        NotifyError: it is none; does not show it.
    """
    before = template.partition(ADDRESS)[0]
    is_after_host = re.fullmatch(r"[a-z]+://[^/]+/.*", before, re.DOTALL)
    is_once = template.count(ADDRESS) == 1
    if not is_once or not is_after_host or _service(template.replace(ADDRESS, _A_NAME)) is None:
        raise NotifyError(
            f"the address of a channel for customers is not what it must be: give a URL of apprise "
            f"with {ADDRESS} in the place of the name that each customer has, after the host, such "
            f"as ntfys://HOST/{ADDRESS}"
        )

    def send(address: str, _: Message, words: Words) -> Sent:
        service = _service(template.replace(ADDRESS, address))
        if service is None:
            return Sent("apprise does not know the address", is_refused=True)
        return _sent(service, words)

    return send


def _service(url: str) -> apprise.Apprise | None:
    service = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False, app_id="WattStream"))
    return service if service.add(url) else None


def _sent(service: apprise.Apprise, words: Words) -> Sent:
    try:
        has_gone = service.notify(
            body=words.body, title=words.title, body_format=apprise.NotifyFormat.TEXT
        )
    except Exception as error:
        # A hundred plug-ins: whatever one of them raises, the others go on.
        return Sent(f"apprise failed ({type(error).__name__})")
    return Sent() if has_gone else Sent("apprise could not send it")
