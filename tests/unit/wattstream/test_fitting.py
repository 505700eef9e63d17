"""What of a picture is shown on a terminal that is too low for it."""

import io

from rich.console import Console, Group
from rich.text import Text

from wattstream.fitting import Part, Picture, more


def part(name: str, rows: int, lines: int = 1) -> Part:
    """A heading, and rows of so many lines each; a line alone if none is shown."""

    def draw(most: int) -> Group:
        told = [Text(f"{name}{n}" + "\n+" * (lines - 1)) for n in range(most)]
        return Group(*[Text(name)] * bool(most), *told, *more(rows - most, name * (not most)))

    return Part(rows, draw)


def shown(height: int, *parts: Part, terminal: bool = True) -> str:
    """The lines on a terminal of so many, the cursor's among them."""
    out = io.StringIO()
    console = Console(
        width=80, height=height, file=out, force_terminal=terminal, color_system=None, markup=False
    )
    console.print(Picture(parts), end="")
    lines = out.getvalue().splitlines()
    assert not terminal or len(lines) < height
    return " ".join(line.strip() or "-" for line in lines)


def test_all_is_shown_where_there_is_room_and_where_nothing_is_cut() -> None:
    whole = "a a0 a1 b b0"
    assert shown(6, part("a", 2), part("b", 1)) == whole
    assert shown(2, part("a", 2), part("b", 1), terminal=False) == whole


def test_each_part_shows_its_first_rows_before_another_shows_more() -> None:
    parts = part("a", 3), part("b", 9), part("c", 1)

    assert shown(9, *parts) == "a a0 ... and 2 more b b0 ... and 8 more c c0"
    # Its last row takes the place of what says that there is one more.
    assert shown(10, *parts) == "a a0 a1 a2 b b0 ... and 8 more c c0"
    assert shown(11, *parts) == "a a0 a1 a2 b b0 b1 ... and 7 more c c0"


def test_what_there_is_no_room_for_is_told_of_in_a_line() -> None:
    assert shown(4, part("a", 3), part("b", 9)) == "a ... and 3 more b ... and 9 more"
    # The first part is the most important one.
    assert shown(6, part("a", 4), part("b", 9)) == "a a0 a1 ... and 2 more b ... and 9 more"


def test_a_row_that_is_too_high_stops_its_part_and_no_other() -> None:
    assert shown(8, part("a", 2, lines=9), part("b", 2)) == "a ... and 2 more b b0 b1"


def test_of_nothing_that_is_left_out_nothing_is_said() -> None:
    assert more(0, "rows") == more(-3) == []
    assert [each.plain for each in (*more(1_234), *more(2, "rows"))] == [
        "... and 1,234 more",
        "rows ... and 2 more",
    ]
