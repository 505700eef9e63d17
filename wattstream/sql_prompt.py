"""A prompt for statements, with history, on a terminal."""

from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from rich.console import Console

from contracts.errors import WattStreamError

ENDS = (".quit", ".exit", "quit", "exit")
KEYWORDS = (
    *("SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "JOIN", "USING", "WITH"),
    *("DESCRIBE", "SUMMARIZE", "count", "sum", "avg", "min", "max", "date_trunc"),
)


def prompt(
    history: Path, words: Iterable[str], answer: Callable[[str], object], console: Console
) -> None:
    """Read statements, each up to a semicolon at a line's end, and answer them until the end of
    input. Ctrl-C drops what is typed, or ends the answer; an error ends nothing.

    Args:
        words: What is offered by the Tab key, beside SQL's own.
        answer: Shows an answer.
    """
    history.parent.mkdir(parents=True, exist_ok=True)
    # What people asked may be nobody else's business.
    history.touch(mode=0o600)
    session: PromptSession[str] = PromptSession(
        message="wattstream> ",
        multiline=True,
        prompt_continuation="       ...> ",
        history=FileHistory(str(history)),
        completer=WordCompleter([*words, *KEYWORDS], ignore_case=True),
        complete_while_typing=False,
        editing_mode=EditingMode.EMACS,
        key_bindings=_keys(),
    )
    while True:
        try:
            statement = session.prompt().strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if statement.rstrip(";").lower() in ENDS:
            return
        if not statement.rstrip(";"):
            continue
        try:
            answer(statement)
        except WattStreamError as error:
            console.print(str(error), style="red", soft_wrap=True)
        except KeyboardInterrupt:
            console.print("stopped")


def is_whole(text: str) -> bool:
    """Whether what is typed is to be answered, rather than gone on with in a further line."""
    said = text.strip()
    return not said or said.endswith(";") or said.lower() in ENDS


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @Condition
    def whole() -> bool:
        from prompt_toolkit.application import get_app

        return is_whole(get_app().current_buffer.text)

    @keys.add("enter", filter=whole)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return keys
