"""What is printed stands as it is, wherever it is printed."""

import ast
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.progress import Progress, TextColumn
from rich.table import Table

from adapters.terminal import terminal
from contracts.settings import PROJECT
from tests.unit.test_layers import FLOORS

MARKED = "outage:x:1 [red] [/] :dog:"
HOME = PROJECT / "adapters" / "terminal.py"
FILES = sorted(path for root in FLOORS for path in (PROJECT / root).rglob("*.py"))


def test_lines_and_tables_stand_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(title=MARKED, caption=MARKED)
    table.add_column(MARKED, footer=MARKED)
    table.add_row(MARKED)

    terminal().print(MARKED)
    terminal().print(table)
    terminal(stderr=True).print(MARKED)

    told = capsys.readouterr()
    assert told.out.splitlines()[0] == MARKED
    # Title, heading, row and caption.
    assert told.out.count(MARKED) == 5
    assert told.err == f"{MARKED}\n"


def test_what_is_waited_for_stands_as_it_is() -> None:
    console = terminal()
    console.file = out = io.StringIO()

    with console.status(MARKED) as status:
        status.update(f"more of {MARKED}")
        console.print(status.renderable)

    assert f"more of {MARKED}" in out.getvalue()


def test_without_it_they_would_not(capsys: pytest.CaptureFixture[str]) -> None:
    # Else nobody need keep the rule below.
    from rich.console import Console

    Console().print(MARKED)

    assert MARKED not in capsys.readouterr().out


def found(path: Path) -> Iterator[tuple[int, str]]:
    """Lines on which a file prints what may not stand as it is, and how."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.ImportFrom(module="rich.markup"):
                yield node.lineno, "imports rich.markup: a text is a Text"
            case ast.ImportFrom(module="rich", names=names):
                if any(each.name == "print" for each in names):
                    yield node.lineno, "imports rich.print: print on a terminal"
            case ast.Attribute(attr="from_markup" | "render_str"):
                yield node.lineno, f"calls {node.attr}: a text is a Text"
            case ast.Call(func=ast.Name(id="Console"), keywords=given):
                quiet = any(each.arg == "quiet" for each in given)
                if not quiet:
                    yield node.lineno, "makes a Console: adapters.terminal makes them"
            case ast.Call(func=ast.Name(id="TextColumn"), keywords=given):
                off = [each for each in given if each.arg == "markup"]
                if not (off and ast.unparse(off[0].value) == "False"):
                    yield node.lineno, "makes a TextColumn with markup: give markup=False"
            case ast.Call(func=ast.Name(id="Panel"), keywords=given):
                for each in given:
                    titled = each.arg in ("title", "subtitle")
                    if titled and not ast.unparse(each.value).startswith("Text("):
                        yield node.lineno, f"gives a Panel a {each.arg} that is no Text"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_nobody_prints_on_anything_else(path: Path) -> None:
    assert path == HOME or list(found(path)) == []


def test_a_column_of_a_progress_stands_as_it_is_without_markup() -> None:
    column = TextColumn("{task.description}", markup=False)
    progress = Progress(column, console=terminal())
    task = progress.add_task(MARKED)

    assert column.render(progress.tasks[task]).plain == MARKED
