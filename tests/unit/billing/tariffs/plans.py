"""Plans and spans for tests."""

from billing.tariffs.calendar import Calendar
from billing.tariffs.plan import EXAMPLES, Plan, load
from billing.tariffs.rating import Line, Usage

LONDON = Calendar("Europe/London")
HEAD = """
id = "test"
name = "Test"
commodity = "electricity"
currency = "GBP"
prices_include_tax = false
"""


def example(name: str) -> Plan:
    """A plan that comes with the project."""
    path = EXAMPLES / f"{name}.toml"
    return load(path.read_text(), path.name)


def plan(components: str, head: str = HEAD) -> Plan:
    """A plan with these components."""
    return load(head + components, "test.toml")


def usage(total: int = 0, **others: object) -> Usage:
    """July in London, whole unless said."""
    july = LONDON.local_month("2013-07")
    return Usage(**{"span": july, "month": july, "sums": {}, "total": total, **others})  # type: ignore[arg-type]


def shown(lines: tuple[Line, ...]) -> list[tuple[str, str, int, int]]:
    """Kind, band, quantity and minor units."""
    return [
        (line.component.rpartition("/")[2], line.band, line.quantity, line.minor) for line in lines
    ]
