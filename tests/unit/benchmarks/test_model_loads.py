"""Batches that are judged while a version is loaded."""

from io import StringIO

import orjson
from rich.console import Console

from benchmarks.model_loads import content, run, table


def test_batches_are_judged_before_while_and_after() -> None:
    outcome = run(300, 10)

    assert (outcome.meters, outcome.rows) == (300, 10)
    assert outcome.alone.batches == outcome.by_the_next.batches == 200
    assert outcome.while_loaded.batches >= 1
    for each in (outcome.alone, outcome.while_loaded, outcome.by_the_next):
        assert 0 < each.median <= each.longest
    shown = StringIO()
    Console(width=80, file=shown).print(table(outcome))
    assert "300 meters" in shown.getvalue()
    assert "…" not in shown.getvalue()
    assert orjson.loads(orjson.dumps(content(outcome, "")))["alone"]["batches"] == 200
