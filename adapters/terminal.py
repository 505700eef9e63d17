"""The terminal, on which every text stands as it is.

Ids, paths, errors and what people write come to a terminal in lines and tables. In a string rich
reads `[red]` as a style and `:x:` as a picture, unless the console is one of these. Style is said
by `Text`, or by `style=`. On any console rich reads them in the title of a panel and in a
`TextColumn`: give the one a `Text`, the other `markup=False`.
"""

from typing import Any

from rich.console import Console, RenderableType
from rich.status import Status
from rich.text import Text


class _Terminal(Console):
    def status(self, status: RenderableType, **look: Any) -> Status:  # noqa: ANN401
        return _Status(_as_it_stands(status), console=self, **look)


class _Status(Status):
    def update(self, status: RenderableType | None = None, **look: Any) -> None:  # noqa: ANN401
        super().update(None if status is None else _as_it_stands(status), **look)


def _as_it_stands(text: RenderableType) -> RenderableType:
    return Text(text) if isinstance(text, str) else text


def terminal(*, stderr: bool = False, highlight: bool = True) -> Console:
    """A console on standard output, or on standard error.

    Args:
        highlight: Colour numbers, paths and the like.
    """
    return _Terminal(stderr=stderr, highlight=highlight, markup=False, emoji=False)
