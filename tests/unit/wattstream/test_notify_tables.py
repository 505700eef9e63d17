"""How people are told, as a terminal of 80 columns shows it."""

from io import StringIO

from rich.console import Console

from contracts.notify_requests import SendAgain, Silence
from contracts.time import SECOND_MS
from services.notifier.rule_file import read_rules
from services.notifier.state import Dead, State
from tests.unit.services.notifier.play import CUSTOMERS, MINUTE_S, Play, T, opened, rules
from wattstream.alert_tables import duration_text
from wattstream.notify_tables import standing

DAY_S = 24 * 60 * MINUTE_S


def shown(play: Play) -> str:
    """In one line."""
    console = Console(file=StringIO(), width=80)
    console.print(standing(play.state, list(play.state.all(Silence)), play.now_ms))
    assert isinstance(console.file, StringIO)
    return " ".join(console.file.getvalue().split())


def test_where_no_notifier_ran_it_says_so() -> None:
    play = Play(rules())
    play.state = State()
    assert shown(play) == "No notifier has run here yet."


def test_what_is_on_its_way_dead_and_silent_is_there() -> None:
    play = Play(rules('group_by = "subject"'), answer=lambda _: "connection refused")
    play.hear(opened(0, "f1"))
    play.until(DAY_S + 700, 600)
    play.hear(opened(play.now_s, "f2"))
    play.until(play.now_s + 120, 10)
    play.silence(DAY_S, subject="f3")
    (dead,) = play.state.all(Dead)
    text = shown(play)

    assert "chief nothing is on its way, 0 in the last hour" in text
    assert "on its way: opened, outage f2, last connection refused; 1 in the last hour" in text
    assert f"{dead.key} duty, {duration_text(play.now_ms - dead.at_ms)} ago: opened, " in text
    assert "outage f1; connection refused" in text
    assert "s subject f3, until 2013-12-25 16:28:50 UTC; Ada: planned work" in text
    play.hear(SendAgain(dead.key, T + SECOND_MS, "Ada"))
    assert "it is tried again" in shown(play)


def test_what_is_on_its_way_to_customers_is_counted_and_names_no_address() -> None:
    play = Play(read_rules(CUSTOMERS), answer=lambda _: "connection refused")
    homes = tuple(f"m{n}" for n in range(3))
    for n, each in enumerate(homes):
        play.choose(f"c{n}", each)
    play.hear(opened(0, "f1", homes=homes, homes_count=3, homes_out=3))
    play.until(120, 10)
    assert "home-mail 3 on their way to customers, last connection refused" in shown(play)
    play.until(DAY_S + 700, 600)
    text = shown(play)
    assert text.count("home-mail to c") == 3 and "opened, outage f1" in text
    assert "homes.example" not in text
