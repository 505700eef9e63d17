"""Whatever happens: what opened is told, what was told ends, and nobody is told too much.

What must be told is found here from the script alone, by the lengths of alerts.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.alerts import Alert, Kind
from services.notifier.messages import Message
from services.notifier.rule_file import read_rules
from tests.support.chance import examples
from tests.unit.services.notifier.killed import check_tries
from tests.unit.services.notifier.play import Play, closed, opened, rules, updated

HOUR_S = 3_600
FOR_S = 30
LIMIT = 5
SUBJECTS = ("f1", "f2", "f3", "f4")
AREAS = {"f1": "gcpuy", "f2": "gcpuz", "f3": "u33db", "f4": "u33db"}
CHANNELS = f"""
[channel.duty]
url_env = "WATTSTREAM_NOTIFY_DUTY"
max_per_hour = {LIMIT}
[channel.mail]
url_env = "WATTSTREAM_NOTIFY_MAIL"
max_per_hour = 100
[channel.chief]
url_env = "WATTSTREAM_NOTIFY_CHIEF"
max_per_hour = 1
"""

What = Literal["open", "worse", "close", "acknowledge", "silence", "fail", "mend"]
ACTS = st.tuples(
    st.sampled_from([1, 7, 29, 30, 31, 200, 290, 700, 4_000]),
    st.sampled_from(
        [
            "open",
            "open",
            "open",
            "worse",
            "close",
            "close",
            "acknowledge",
            "silence",
            "fail",
            "mend",
        ]
    ),
    st.sampled_from(SUBJECTS),
)


@dataclass
class Life:
    """An alert as the script has it."""

    alert: Alert
    opened_s: float
    closed_s: float | None = None
    is_silenced: bool = False
    """At some time, so that nothing is promised of it."""

    def lasts(self, until_s: float) -> bool:
        end_s = until_s if self.closed_s is None else self.closed_s
        return end_s - self.opened_s >= FOR_S


@dataclass
class Script:
    """What happens, and to whom messages go."""

    play: Play
    lives: list[Life] = field(default_factory=list)
    failing: bool = False
    tries: list[tuple[str, str, bool]] = field(default_factory=list)
    """Channel, id, and whether it arrived."""
    silenced_until_s: float = 0.0

    def answer(self, message: Message) -> str:
        fails = self.failing and message.channel != "mail"
        self.tries.append((message.channel, message.id, not fails))
        return "HTTP 500" if fails else ""

    def act(self, what: What, subject: str) -> None:
        play = self.play
        life = next(
            (e for e in self.lives if e.alert.subject == subject and e.closed_s is None), None
        )
        is_silent = subject == "f4" and play.now_s < self.silenced_until_s
        if what == "fail":
            self.failing = True
        elif what == "mend":
            self.failing = False
        elif what == "silence":
            self.silenced_until_s = play.now_s + 2_000
            play.silence(2_000, subject="f4")
            for each in self.lives:
                each.is_silenced |= each.alert.subject == "f4" and each.closed_s is None
        elif life is None and what == "open":
            kind: Kind = "overload" if subject == "f2" else "outage"
            alert = opened(play.now_s, subject, kind, area=AREAS[subject])
            self.lives.append(Life(alert, play.now_s, is_silenced=is_silent))
            play.hear(alert)
        elif life is not None and what == "worse":
            life.alert = updated(
                life.alert, play.now_s, severity="critical", homes_out=life.alert.homes_out + 1
            )
            play.hear(life.alert)
        elif life is not None and what == "close":
            life.alert, life.closed_s = closed(life.alert, play.now_s), play.now_s
            play.hear(life.alert)
        elif life is not None and what == "acknowledge":
            play.acknowledge(life.alert)


ONE_ALERT_IN_TWO_PARTS: list[tuple[int, What, str]] = [
    *((30, "open", "f2"), (30, "open", "f1"), (1, "mend", "f4"), (700, "acknowledge", "f3")),
    *((7, "open", "f4"), (700, "worse", "f1"), (4_000, "open", "f1"), (30, "close", "f1")),
    *((7, "worse", "f2"), (1, "worse", "f1")),
]
"""Two rules ask the chief at once about the same alert, in one message."""


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=examples(50))
@given(
    acts=st.lists(ACTS, min_size=1, max_size=25),
    group_by=st.sampled_from(["incident", "area", "subject"]),
    two_rules=st.booleans(),
    is_quiet=st.booleans(),
)
@example(acts=ONE_ALERT_IN_TWO_PARTS, group_by="subject", two_rules=True, is_quiet=True)
def test_promises(
    acts: list[tuple[int, What, str]], group_by: str, two_rules: bool, is_quiet: bool
) -> None:
    quiet = 'quiet = { from = "16:30", to = "17:10", zone = "UTC", but = "critical" }\n'
    rest = (
        f'for = "{FOR_S}s"\nwait = "15s"\nto = ["duty", "mail"]\ngroup_by = "{group_by}"\n'
        'repeat_every = "1h"\nescalate = { after = "10m", to = ["chief"] }\n'
    ) + (quiet if is_quiet else "")
    rule = (
        f'[[rule]]\nname = "bad"\nwhen = {{ severity = "critical" }}\n{rest}' if two_rules else ""
    )
    script = _script(f'{rule}[[rule]]\nname = "any"\n{rest}')
    for gap_s, what, subject in acts:
        script.play.until(script.play.now_s + gap_s, 5 if gap_s < 1_000 else 50)
        script.act(what, subject)
    script.failing = False
    script.play.until(script.play.now_s + 9 * HOUR_S, 60)

    _check_limits(script.play.sent)
    check_tries(script.tries)
    _check_told(script)


def _script(text: str) -> Script:
    script = Script(Play(rules()))
    script.play = Play(read_rules(text + CHANNELS), script.answer)
    return script


def _check_limits(sent: list[tuple[float, Message]]) -> None:
    for channel, most in (("duty", LIMIT), ("mail", 100), ("chief", 1)):
        times_s = [at_s for at_s, message in sent if message.channel == channel]
        for at_s in times_s:
            assert sum(at_s <= each < at_s + HOUR_S for each in times_s) <= most
            assert sum(at_s <= each < at_s + 600 for each in times_s) <= 10


def _check_told(script: Script) -> None:
    for channel in ("duty", "mail", "chief"):
        parts = [
            (at_s, part)
            for at_s, message in script.play.sent
            if message.channel == channel
            for part in message.parts
        ]
        for _, part in parts:
            assert len(part.opened) == part.opened_count and len(part.ended) == part.ended_count
        told = Counter(an_id for _, part in parts for an_id in part.opened)
        over = Counter(an_id for _, part in parts for an_id in part.ended)
        for life in script.lives:
            an_id = life.alert.id
            if channel == "chief":
                assert told[an_id] <= 2
            elif not life.lasts(script.play.now_s):
                assert not told[an_id] and not over[an_id]
            elif not life.is_silenced:
                # Twice is who hears of it by the rule for what has got worse.
                assert 1 <= told[an_id] <= 2
            if told[an_id] and life.closed_s is not None:
                assert over[an_id] == 1, f"{an_id} is over for {channel} {over[an_id]} times"
            if not told[an_id]:
                assert not over[an_id]
