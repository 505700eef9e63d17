"""`notify.toml`: what it may say, and what is told of a mistake."""

from datetime import time
from typing import Any

import pytest

from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from services.notifier.errors import NotifyError
from services.notifier.rule_file import read_rules
from tests.support.alerts import an_alert

WHOLE = """
page = "https://grid.example"

[[rule]]
name = "outages"
when = { kind = ["outage"], severity = ">=major", area = "gcpu*" }
group_by = "incident"
for = "60s"
wait = "15s"
update_every = "5m"
repeat_every = "4h"
max_repeats = 3
to = ["push", "mail"]
escalate = { after = "15m", unless = "acknowledged", to = ["chief"] }
quiet = { from = "22:00", to = "07:30", zone = "Europe/London", but = "critical" }

[[rule]]
name = "rest"
to = ["mail"]

[channel.push]
url_env = "WATTSTREAM_NOTIFY_PUSH"
max_per_hour = 12
language = "de"
zone = "Europe/Berlin"
[channel.mail]
url_env = "WATTSTREAM_NOTIFY_MAIL"
[channel.chief]
type = "webhook"
url_env = "WATTSTREAM_NOTIFY_CHIEF"
secret_env = "WATTSTREAM_NOTIFY_CHIEF_KEY"
"""


def test_a_file_is_read_as_it_is_written() -> None:
    notify = read_rules(WHOLE)

    outages, rest = notify.rule
    assert (outages.lasting, outages.wait) == (60 * SECOND_MS, 15 * SECOND_MS)
    assert (outages.update_every, outages.repeat_every) == (5 * MINUTE_MS, 4 * HOUR_MS)
    assert outages.escalate is not None and outages.quiet is not None
    assert (outages.escalate.after, outages.channels) == (15 * MINUTE_MS, ("push", "mail", "chief"))
    assert (outages.quiet.begin, outages.quiet.end) == (time(22), time(7, 30))
    assert notify.channel["push"].zone == "Europe/Berlin"
    # What a rule does not say.
    assert (rest.lasting, rest.wait, rest.update_every) == (0, 20 * SECOND_MS, 5 * MINUTE_MS)
    assert (rest.repeat_every, rest.escalate, rest.quiet) == (None, None, None)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({}, "outages"),
        ({"severity": "critical"}, "outages"),
        ({"severity": "warning"}, "rest"),
        ({"area": "gcpv0"}, "rest"),
        ({"area": "gcput"}, "outages"),
    ],
)
def test_the_first_rule_that_applies_takes_an_alert(fields: dict[str, Any], rule: str) -> None:
    found = read_rules(WHOLE).rule_of(an_alert(**fields))

    assert found is not None and found.name == rule


def test_it_is_said_why_a_rule_does_not_apply() -> None:
    when = read_rules(WHOLE).rule[0].when

    assert when.unlike(an_alert()) is None
    assert when.unlike(an_alert("overload", "f")) == "its kind is overload, not outage"
    assert when.unlike(an_alert(severity="notice")) == "its severity is notice, not >=major"
    assert when.unlike(an_alert(area="u33db")) == "its area is 'u33db', not 'gcpu*'"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'wait = "15s"',
            'wait = "15 s"',
            "rule outages.wait is '15 s': give a whole number with s, m, h or d, such as "
            '"15m", of "30d" at most',
        ),
        (
            'kind = ["outage"]',
            'kind = ["outtage"]',
            "rule outages.when.kind.0 is 'outtage': give 'outage', 'meter_silent'",
        ),
        ("max_repeats = 3", "max_repeat = 3", "rule outages.max_repeat is unknown: take it out"),
        (
            '">=major"',
            '">major"',
            "rule outages.when.severity is '>major': give one of notice, warning, major, critical",
        ),
        (
            'zone = "Europe/London"',
            'zone = "Europe/Londn"',
            "rule outages.quiet.zone is 'Europe/Londn': give a zone of the IANA list",
        ),
        (
            'from = "22:00"',
            'from = "24:00"',
            "rule outages.quiet.from is '24:00': give hours and minutes",
        ),
        ('name = "rest"', "", "rule number 2.name is missing: add it"),
        ('name = "rest"', 'name = "outages"', "rule outages is there 2 times"),
        (
            'to = ["chief"]',
            'to = ["boss"]',
            "rule outages.escalate.to is 'boss', and channels are chief, mail, push: add "
            "[channel.boss]",
        ),
        ('to = ["mail"]', "to = []", "rule rest.to is []: "),
        (
            '"WATTSTREAM_NOTIFY_MAIL"',
            '"https://user:secret@mail.example"',
            'give the name of a variable that begins with "WATTSTREAM_NOTIFY_"',
        ),
        (
            'secret_env = "WATTSTREAM_NOTIFY_CHIEF_KEY"',
            "",
            "channel.chief.secret_env is missing, which type 'webhook' needs: add it",
        ),
        ("[channel.mail]", "[channel.Mail]", "channel.Mail: give a lower-case letter"),
        ('to = "07:30"', 'to = "22:00"', "rule outages.quiet is from 22:00 to the same"),
        ('update_every = "5m"', 'update_every = "5s"', "rule outages.update_every is '5s': "),
        ("[[rule]]", "[[rule]", "is no TOML"),
    ],
)
def test_an_error_names_the_file_the_key_the_value_and_what_to_do(
    old: str, new: str, told: str
) -> None:
    assert old in WHOLE
    with pytest.raises(NotifyError) as error:
        read_rules(WHOLE.replace(old, new, 1), "duty/notify.toml")

    assert all(line.startswith("duty/notify.toml") for line in str(error.value).splitlines())
    assert told in str(error.value)
    assert "secret@" not in str(error.value)


CUSTOMERS = (
    '[customers]\nchannels = ["home"]\nlanguages = ["de"]\nfor = "2m"\nmax_per_hour = 3\n'
    '[channel.home]\ntype = "mail"\nurl_env = "WATTSTREAM_NOTIFY_HOME"\n'
)


def test_customers_are_told_by_channels_of_their_own() -> None:
    notify = read_rules(WHOLE + CUSTOMERS)
    assert notify.customers is not None
    assert (notify.customers.lasting, notify.customers.max_per_hour) == (2 * MINUTE_MS, 3)
    assert notify.messaged.keys() == {"push", "mail", "chief"}
    assert notify.of_customers == ("home",)
    # Without rules customers alone are told.
    assert read_rules(CUSTOMERS).tells_anybody
    usual = read_rules(CUSTOMERS.replace('languages = ["de"]\nfor = "2m"\nmax_per_hour = 3\n', ""))
    assert usual.customers is not None
    assert (usual.customers.languages, usual.customers.lasting) == (("en", "de", "fr"), MINUTE_MS)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('["home"]', '["homes"]', "customers.channels has 'homes', and channels are "),
        ('["home"]', "[]", "customers.channels is []"),
        ('["home"]', '["home", "home"]', "customers.channels has 'home' 2 times: name it once"),
        ('["home"]', '["chief"]', "customers.channels has 'chief', whose type is 'webhook': name"),
        ('["home"]', '["mail"]', "rule outages tells 'mail', which customers.channels has: "),
        ('["de"]', '["deutsch"]', "customers.languages.0 is 'deutsch'"),
        ('"2m"', '"soon"', "customers.for is 'soon': give a whole number with s, m, h or d"),
        ("max_per_hour = 3", "max_per_hour = 0", "customers.max_per_hour is 0"),
        ("max_per_hour = 3", "quiet = 3", "customers.quiet is unknown: take it out"),
    ],
)
def test_a_mistake_with_customers_is_told(old: str, new: str, told: str) -> None:
    assert old in CUSTOMERS
    with pytest.raises(NotifyError) as error:
        read_rules(WHOLE + CUSTOMERS.replace(old, new, 1))
    assert told in str(error.value)


def test_all_mistakes_are_told_at_once() -> None:
    text = WHOLE.replace('"15s"', '"soon"').replace("max_repeats = 3", "max_repeats = 0")
    with pytest.raises(NotifyError) as error:
        read_rules(text)

    assert len(str(error.value).splitlines()) == 2


def test_lengths_of_time_have_bounds() -> None:
    longest = read_rules(WHOLE.replace('repeat_every = "4h"', 'repeat_every = "30d"'))
    assert longest.rule[0].repeat_every == 30 * DAY_MS
    with pytest.raises(NotifyError, match="repeat_every is '31d'"):
        read_rules(WHOLE.replace('repeat_every = "4h"', 'repeat_every = "31d"'))
