"""A loudspeaker, by Home Assistant: the action `tts.speak`."""

from msgspec.json import encode

from services.notifier.channels.http import post
from services.notifier.channels.sending import Send, Sent
from services.notifier.messages import Message
from services.notifier.wording import Words


def home_assistant(url: str, token: str, voice: str, speaker: str, language: str) -> Send:
    """A channel that speaks.

    Args:
        url: Of Home Assistant, without a path.
        token: A long-lived one.
        voice: The `tts` entity that speaks.
        speaker: The `media_player` that is heard.
    """

    def send(message: Message, words: Words) -> Sent:
        said = {
            "entity_id": voice,
            "media_player_entity_id": speaker,
            "message": words.speech,
            "language": language,
        }
        return post(
            f"{url.rstrip('/')}/api/services/tts/speak",
            encode(said),
            {"Authorization": f"Bearer {token}", "Idempotency-Key": message.id},
        )

    return send
