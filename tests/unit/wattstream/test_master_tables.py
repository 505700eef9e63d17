"""Rows that differ are shown column by column."""

import io

from rich.console import Console

from contracts.capture import Difference
from wattstream.master_tables import differing


def test_only_what_differs_is_shown() -> None:
    console = Console(width=80, file=io.StringIO(), record=True)

    console.print(
        differing(
            [
                Difference(
                    "tenant",
                    ("chi1:12",),
                    {"tenant_id": "chi1:12", "customer_id": 924},
                    {"tenant_id": "chi1:12", "customer_id": 243},
                ),
                Difference("premises", ("chi1:99",), None, {"premises_id": "chi1:99"}),
            ]
        )
    )

    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in _rows(console)]
    assert lines == [
        ["tenant", "chi1:12", "customer_id", "924", "243"],
        ["premises", "chi1:99", "", "no row", "a row"],
    ]


def _rows(console: Console) -> list[str]:
    return [line for line in console.export_text().splitlines() if line.startswith("│")]
