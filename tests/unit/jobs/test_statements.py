"""The statements of the jobs, as texts: what they do to rows is shown in tests/sql."""

import re
from pathlib import Path

import pytest

from benchmarks.stages import SQL as STAGES_SQL
from benchmarks.stages import STAGES
from contracts.archive import COLUMNS
from contracts.figures import FIGURE_NAMES, WINDOW_FIGURES
from contracts.jobs import BATCHES, JOBS
from contracts.settings import PROJECT, Settings
from jobs import batch
from jobs.all import flow_of
from jobs.build import Flow
from jobs.statements import SQL, interval, is_insert, parameters, statement

FLOWS = [*map(flow_of, JOBS), *batch.FLOWS.values()]
BEGINNINGS = {
    "tables": "CREATE TABLE ",
    "views": "CREATE TEMPORARY VIEW ",
    "inserts": "INSERT INTO ",
}
GIVEN: dict[str, str | int] = {
    "archive_url": "file:///a",
    "results_url": "file:///b",
    "from_ms": 0,
    "to_ms": 60_000,
}
"""What a batch is given besides the settings."""
PATHS = sorted([*SQL.rglob("*.sql"), *STAGES_SQL.rglob("*.sql")])


def text_of(name: str) -> str:
    """A statement with all that it may name, without its comments."""
    known = parameters(Settings(), "hot", GIVEN)
    return "\n".join(
        line for line in statement(name, known).splitlines() if not line.lstrip().startswith("--")
    )


def names_of(flow: Flow) -> list[str]:
    return [each for each in flow.statements if isinstance(each, str)]


def test_every_job_and_batch_has_its_flow() -> None:
    assert [flow.name for flow in FLOWS] == [*JOBS, *BATCHES]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_file_begins_with_the_question_it_answers(path: Path) -> None:
    assert re.match(r"-- [A-Z].*\?", path.read_text().splitlines()[0])


@pytest.mark.parametrize(
    "path",
    [path for path in PATHS if path.parent.name != "fragments"],
    ids=lambda path: str(path.relative_to(PROJECT)),
)
def test_a_folder_says_what_its_statements_do(path: Path) -> None:
    text = text_of(str(path.with_suffix("")))
    assert text.startswith(BEGINNINGS[path.parent.name])
    assert is_insert(str(path.with_suffix(""))) == text.startswith("INSERT")


@pytest.mark.parametrize(
    "path", [path for path in PATHS if path.parent.name == "inserts"], ids=lambda path: path.stem
)
def test_an_insert_names_its_columns(path: Path) -> None:
    assert re.match(r"INSERT INTO \w+ \([^)]+\)\s", text_of(str(path.with_suffix(""))))


def test_every_statement_is_used() -> None:
    stages = [each for stage in STAGES.values() for each in stage.statements or ()]
    used = {SQL / f"{name}.sql" for flow in FLOWS for name in names_of(flow)}
    used |= {SQL / f"{name}.sql" for name in stages}
    fragments = set((SQL / "fragments").glob("*.sql"))
    assert used | fragments == set(PATHS)

    texts = "".join(path.read_text() for path in PATHS)
    assert not [path for path in fragments if f"${{{path.stem}}}" not in texts]


def test_readings_are_added_up_alike_wherever_sql_does() -> None:
    for name in ("views/batch_minutes", "views/batch_slices", "views/corrections"):
        added = re.findall(r"(COUNT|SUM|MIN|MAX)\((\*|\w+)\) AS (\w+)", text_of(name))
        assert [each for each in added if each[2] not in ("geohash", "commodity")] == [
            ("COUNT", "*", "readings"),
            ("MIN", "seq", "first_seq"),
            ("MAX", "seq", "last_seq"),
            ("MIN", "stamped_register", "first_stamped"),
            ("MAX", "stamped_register", "last_stamped"),
            ("MIN", "register", "low_register"),
            ("MAX", "register", "high_register"),
            ("SUM", "demand", "demand_sum"),
            ("MIN", "demand", "demand_min"),
            ("MAX", "demand", "demand_max"),
        ]


def test_a_row_of_history_has_every_figure() -> None:
    fragment = parameters(Settings(), "hot")["minute_figures"]
    parts = [part.strip() for part in re.split(r",(?![^(]*\))", str(fragment))]
    assert tuple(part.split()[-1] for part in parts) == FIGURE_NAMES


def test_the_archive_has_the_columns_that_its_readers_know() -> None:
    types = {"string": "STRING", "int64": "BIGINT", "int32": "INT", "double": "DOUBLE"}
    types |= {"bool": "BOOLEAN"}
    in_files = [field for field in COLUMNS if field.name != "event_date"]

    columns = re.findall(r"^    (\w+) ([A-Z]+),?$", text_of("tables/archive"), re.MULTILINE)
    assert columns == [(field.name, types[str(field.type)]) for field in in_files]
    named = re.match(r"INSERT INTO archive \(([^)]+)\)", text_of("inserts/archive"))
    assert named is not None
    assert re.findall(r"\w+", named[1]) == [field.name for field in in_files]


def test_java_adds_up_the_same_figures_by_the_same_rules() -> None:
    (path,) = (PROJECT / "jobs" / "java").rglob("Figure.java")
    constants = re.findall(
        r"^    ([A-Z_]+)\(\w+\.(SUM|MIN|MAX)\)[,;]", path.read_text(), re.MULTILINE
    )
    assert [(name.lower(), rule.lower()) for name, rule in constants] == [
        (figure.name, figure.rule) for figure in WINDOW_FIGURES
    ]


def test_java_makes_them_of_the_same_columns() -> None:
    (path,) = (PROJECT / "jobs" / "java").rglob("MeterBatch.java")
    made = re.findall(r"rows\[figure \+ ([A-Z_]+)\] = (\w+);", path.read_text())
    assert {name.lower(): re.sub("([A-Z])", r"_\1", of).lower() for name, of in made} == {
        figure.name: figure.of or "1" for figure in WINDOW_FIGURES
    }


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [
        (1_000, "0 00:00:01.000"),
        (90_061_007, "1 01:01:01.007"),
    ],
)
def test_a_duration_is_written_as_sql_has_it(duration_ms: int, text: str) -> None:
    assert interval(duration_ms) == text
