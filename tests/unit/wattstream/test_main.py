"""What the command line loads and lists before a command runs."""

import subprocess
import sys

from typer.main import get_group

from wattstream.main import app

SLOW = {
    "cassandra",
    "confluent_kafka",
    "duckdb",
    "fastapi",
    "holidays",
    "httpx",
    "numpy",
    "polars",
    "prompt_toolkit",
    "psycopg",
    "pyarrow",
    "pyflink",
    "pygeohash",
    "redis",
    "uvicorn",
}


def test_no_command_waits_for_a_library_that_it_does_not_use() -> None:
    code = "import sys, wattstream.main; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()

    assert "wattstream.commands.bench" in loaded
    assert not SLOW & set(loaded)


def test_commands_are_listed_in_the_order_in_which_one_meets_them() -> None:
    assert list(get_group(app).commands) == [
        *("up", "status", "down", "reset", "provision"),
        *("submit", "stop"),
        *("simulate", "pace", "scenarios"),
        *("watch", "demo", "api", "alerts", "notify", "token"),
        *("compact", "recompute", "rebuild-live", "sql"),
        *("verify", "chaos"),
        "score",
        *("replay", "import", "export"),
        *("masters", "plan", "bill", "edit", "exceptions", "compare-plans"),
        *("model", "bench"),
    ]
