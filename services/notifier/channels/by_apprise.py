"""All that apprise reaches: ntfy, Pushbullet, Telegram, Matrix, MQTT and a hundred others."""

import apprise

from services.notifier.channels.sending import Send, Sent
from services.notifier.errors import NotifyError
from services.notifier.messages import Message
from services.notifier.wording import Words


def by_apprise(url: str) -> Send:
    """A channel by an address of apprise.

    Raises:
        NotifyError: apprise does not know it; does not show it.
    """
    service = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False, app_id="WattStream"))
    if not service.add(url):
        raise NotifyError(
            "the address of a channel is none that apprise knows: give one of its URLs, such as "
            "ntfys://HOST/TOPIC"
        )

    def send(_: Message, words: Words) -> Sent:
        try:
            has_gone = service.notify(
                body=words.body, title=words.title, body_format=apprise.NotifyFormat.TEXT
            )
        except Exception as error:
            # A hundred plug-ins: whatever one of them raises, the others go on.
            return Sent(f"apprise failed ({type(error).__name__})")
        return Sent() if has_gone else Sent("apprise could not send it")

    return send
