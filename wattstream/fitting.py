"""Parts of a picture, one below the other, each cut so that all of them fit a terminal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text


@dataclass(frozen=True, slots=True)
class Part:
    """One that has rows, of which the first ones say most."""

    rows: int
    draw: Callable[[int], RenderableType]
    """The part with so many of its rows, and how many more there are."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Parts, the most important first. On a terminal that is too low for all of their rows each
    shows its first one, then each its second, and so on as long as they fit; elsewhere all are
    shown."""

    parts: Sequence[Part]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part, rows in zip(self.parts, self._rows(console, options), strict=True):
            yield part.draw(rows)

    def _rows(self, console: Console, options: ConsoleOptions) -> list[int]:
        """How many rows each shows."""
        if not console.is_terminal:
            return [part.rows for part in self.parts]

        def height(part: Part, rows: int) -> int:
            return len(console.render_lines(part.draw(rows), options, pad=False))

        shown = [0] * len(self.parts)
        heights = [height(part, 0) for part in self.parts]
        # The last line is the cursor's.
        left = options.max_height - 1 - sum(heights)
        for row in range(max((part.rows for part in self.parts), default=0)):
            for number, part in enumerate(self.parts):
                if shown[number] != row or part.rows == row:
                    continue
                taller = height(part, row + 1)
                if taller - heights[number] <= left:
                    left -= taller - heights[number]
                    shown[number], heights[number] = row + 1, taller
        return shown


def more(number: int, what: str = "") -> list[Text]:
    """A line that says how many rows are left out; none if none are."""
    if number <= 0:
        return []
    return [Text(" ".join(filter(None, (what, f"... and {number:,} more"))), style="dim")]
