"""The file, the texts and the environment together."""

from pathlib import Path

import pytest

from contracts.settings import Settings
from services.notifier.configured import configured, environment_with_file
from services.notifier.errors import NotifyError
from services.notifier.messages import Letter, Message
from tests.unit.services.notifier.play import a_choice
from tests.unit.services.notifier.test_home_wording import a_part as a_home_part
from tests.unit.services.notifier.test_wording import a_part

FILE = """
texts = "words"
page = "https://grid.example"
[[rule]]
name = "all"
to = ["duty"]
[channel.duty]
url_env = "WATTSTREAM_NOTIFY_DUTY"
language = "fr"
zone = "Europe/Paris"
"""
ENVIRONMENT = {"WATTSTREAM_NOTIFY_DUTY": "ntfys://ntfy.example/duty"}


def settings_of(folder: Path, text: str = FILE) -> Settings:
    (folder / "notify.toml").write_text(text)
    return Settings(notify_file=folder / "notify.toml")


def test_texts_of_its_own_stand_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "fr.toml").write_text('[kinds.outage]\none = "Coupure"\n')
    known = configured(settings_of(tmp_path), ENVIRONMENT)

    words = known.writers["duty"](Message("0" * 32, "duty", 0, (a_part(),)))
    assert words.title == "Coupure, départ f0"
    assert words.link.startswith("https://grid.example/alerts/")
    assert set(known.senders) == {"duty"}


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with pytest.raises(NotifyError, match="texts is 'words': there is no folder"):
        configured(settings, ENVIRONMENT)
    (tmp_path / "words").mkdir()
    with pytest.raises(NotifyError, match="WATTSTREAM_NOTIFY_DUTY, which the environment does not"):
        configured(settings, {})
    settings.notify_file.unlink()
    with pytest.raises(NotifyError, match=r"notify.toml cannot be read: .* WATTSTREAM_NOTIFY_FILE"):
        configured(settings, ENVIRONMENT)


def test_all_addresses_that_are_missing_are_told_at_once(tmp_path: Path) -> None:
    text = (
        '[[rule]]\nname = "all"\nto = ["duty", "hook"]\n'
        '[channel.duty]\nurl_env = "WATTSTREAM_NOTIFY_DUTY"\n'
        '[channel.hook]\ntype = "webhook"\nurl_env = "WATTSTREAM_NOTIFY_HOOK"\n'
        'secret_env = "WATTSTREAM_NOTIFY_SECRET"\n'
        '[channel.board]\ntype = "alertmanager"\nurl_env = "WATTSTREAM_NOTIFY_BOARD"\n'
        '[customers]\nchannels = ["home"]\n'
        '[channel.home]\ntype = "mail"\nurl_env = "WATTSTREAM_NOTIFY_HOME"\n'
    )
    with pytest.raises(NotifyError) as problem:
        configured(settings_of(tmp_path, text), {"WATTSTREAM_NOTIFY_HOOK": "ftp://a.example"})

    names = [line.split()[0] for line in str(problem.value).splitlines()]
    assert names == [
        "channel.duty.url_env",
        "channel.hook.secret_env",
        "channel.board.url_env",
        "channel.home.url_env",
    ]


def test_addresses_may_stand_in_the_file_of_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("WATTSTREAM_NOTIFY_A=of the file\nWATTSTREAM_NOTIFY_B=file\n")
    monkeypatch.setenv("WATTSTREAM_NOTIFY_B", "of the process")
    known = environment_with_file(tmp_path / ".env")

    assert known["WATTSTREAM_NOTIFY_A"] == "of the file"
    assert known["WATTSTREAM_NOTIFY_B"] == "of the process"


def test_customers_are_told_by_their_own_channels_and_in_their_languages(tmp_path: Path) -> None:
    text = (
        '[customers]\nchannels = ["home"]\nlanguages = ["de", "fr"]\n'
        '[channel.home]\ntype = "mail"\nurl_env = "WATTSTREAM_NOTIFY_HOME"\n'
    )
    address = {"WATTSTREAM_NOTIFY_HOME": "smtps://mail.example?from=grid@utility.example"}
    known = configured(settings_of(tmp_path, text), address)

    assert (known.senders, set(known.to_customers)) == ({}, {"home"})
    letter = Letter(Message("0" * 32, "home", 0, (a_home_part(),)), a_choice(language="fr"))
    assert known.home_words(letter).title == "Panne de courant chez vous"
    with pytest.raises(NotifyError, match="language is 'it'"):
        configured(settings_of(tmp_path, text.replace('"de"', '"it"')), address)
