"""The statements of the jobs, as texts: what they do to rows is shown in tests/sql."""

import re
from pathlib import Path

import pytest

from benchmarks.stages import SQL as STAGES_SQL
from benchmarks.stages import STAGES
from contracts.archive import COLUMNS
from contracts.figures import FIGURE_NAMES, FIGURES
from contracts.jobs import BATCHES, JOBS, REFERENCES
from contracts.settings import PROJECT, Settings
from jobs import batch, reference_c
from jobs.all import flow_of
from jobs.build import Flow
from jobs.statements import SQL, is_insert, parameters, statement

FLOWS = [*map(flow_of, JOBS), reference_c.FLOW, *batch.FLOWS.values()]
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
    assert [flow.name for flow in FLOWS] == [*JOBS, *REFERENCES, *BATCHES]


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


def test_a_row_of_history_has_every_figure_of_a_minute_in_units() -> None:
    parts = str(parameters(Settings(), "hot")["figures_in_units"]).split(", ")
    assert tuple(part.removesuffix(" / 1000e0") for part in parts) == FIGURE_NAMES
    assert [part.endswith(" / 1000e0") for part in parts] == [
        figure.type == "double" for figure in FIGURES
    ]


def test_a_batch_makes_every_figure() -> None:
    made = re.findall(r" AS (\w+),?$", text_of("views/batch_history_rows"), re.MULTILINE)
    assert tuple(made[-len(FIGURE_NAMES) :]) == FIGURE_NAMES


def test_the_archive_has_the_columns_that_its_readers_know() -> None:
    types = {"string": "STRING", "int64": "BIGINT", "int32": "INT", "double": "DOUBLE"}
    types |= {"bool": "BOOLEAN"}
    in_files = [field for field in COLUMNS if field.name != "event_date"]

    columns = re.findall(r"^    (\w+) ([A-Z]+),?$", text_of("tables/archive"), re.MULTILINE)
    assert columns == [(field.name, types[str(field.type)]) for field in in_files]
    named = re.match(r"INSERT INTO archive \(([^)]+)\)", text_of("inserts/archive"))
    assert named is not None
    assert re.findall(r"\w+", named[1]) == [field.name for field in in_files]
