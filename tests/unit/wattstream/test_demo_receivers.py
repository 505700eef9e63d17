"""Who is told in the demonstration: what the file has of mails and web hooks."""

import os
from pathlib import Path

from contracts.settings import Settings
from services.notifier.configured import configured
from services.notifier.trying import trial
from wattstream import demo_receivers


def test_a_mail_and_a_web_hook_are_in_the_file(tmp_path: Path) -> None:
    received = tmp_path / "received.log"
    with demo_receivers.receivers(received) as environment:
        file = tmp_path / "notify.toml"
        file.write_text(demo_receivers.rules("http://127.0.0.1:18080"))
        settings = Settings(notify_file=file)
        known = configured(settings, {**os.environ, **environment})
        messages = {name: trial(name, known.notify.page, 0) for name in known.senders}
        for name, (message, words) in messages.items():
            assert known.senders[name](message, words).problem == ""

    told = received.read_text()
    assert set(messages) == {"duty-mail", "duty-hook"}
    for message, words in messages.values():
        assert message.id in told and words.body in told
