"""Each case of `cases/` in a batch environment, without the stack."""

import json
from pathlib import Path

import pytest
from pyflink.table import EnvironmentSettings, TableEnvironment

from contracts.settings import Settings, file_url
from jobs.build import prepare
from jobs.statements import is_insert, parameters
from tests.sql.case import Case, Given, read
from tests.sql.cluster import Cluster

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
NULL = "no value"
"""Stands for one where texts are compared."""
UNQUOTED = ("BIGINT", "INT", "DOUBLE", "BOOLEAN", "ROW")
"""How types begin that JSON writes without quotes."""


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_statements_make_of_given_rows_what_is_expected(
    path: Path, tmp_path: Path, running: Cluster
) -> None:
    case = read(path)
    table_env = running.environment(EnvironmentSettings.in_batch_mode())
    for table in case.given:
        table_env.execute_sql(table_of(table, tmp_path / table.table))
    known = parameters(Settings(), "hot", given(tmp_path))
    inserts = prepare(table_env, case.statements, known)
    if any(map(is_insert, case.statements)):
        inserts.execute().wait()

    assert found(table_env, case) == wanted(case), case.question


def given(folder: Path) -> dict[str, str | int]:
    """What a batch is given besides the settings."""
    return {
        "archive_url": file_url(folder / "archive"),
        "results_url": file_url(folder / "results"),
        "from_ms": 0,
        "to_ms": 2**42,
    }


def wanted(case: Case) -> list[tuple[str, ...]]:
    """All that is expected, each row after its table, sorted."""
    return sorted(
        (each.table, *(NULL if cell is None else cell for cell in row))
        for each in case.expected
        for row in each.rows
    )


def found(table_env: TableEnvironment, case: Case) -> list[tuple[str, ...]]:
    """What is there in the same form, read by one job: starting one takes the time, not running."""
    queries = (
        f"SELECT {number}, ARRAY[{', '.join(map(as_text, each.columns))}] FROM {each.table}"
        for number, each in enumerate(case.expected)
    )
    with table_env.execute_sql(" UNION ALL ".join(queries)).collect() as rows:
        return sorted((case.expected[number].table, *cells) for number, cells in rows)


def as_text(column: str) -> str:
    return f"COALESCE(CAST(`{column}` AS STRING), '{NULL}')"


def table_of(given: Given, folder: Path) -> str:
    """The statement that creates a given table over files, which are written here."""
    folder.mkdir()
    names = [column.name for column in given.columns]
    quoted = [not column.type.startswith(UNQUOTED) for column in given.columns]
    if given.rows:
        objects = (
            {
                name: cell if cell is None or quotes else json.loads(cell)
                for name, cell, quotes in zip(names, row, quoted, strict=True)
            }
            for row in given.rows
        )
        (folder / "rows.json").write_text("\n".join(map(json.dumps, objects)))
    columns = [f"`{column.name}` {column.type}" for column in given.columns]
    times = [
        f"WATERMARK FOR `{column.name}` AS `{column.name}`"
        for column in given.columns
        if column.row_time
    ]
    return f"""
        CREATE TABLE {given.table} ({", ".join([*columns, *times])}) WITH (
            'connector' = 'filesystem',
            'path' = 'file://{folder}',
            'format' = 'json',
            'json.timestamp-format.standard' = 'ISO-8601'
        )
    """
