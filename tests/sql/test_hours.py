"""One log through the hot job's operators and through the archive: the same hours are whole, with
the same energies, and what the model says of them is the same."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from adapters.archive.merge import FILE_COLUMNS
from contracts.facts import ODD_SCORE, TURN_HOURS, JudgedHour
from contracts.hours import NOT_WHOLE
from contracts.models import UNUSUAL_USE
from contracts.settings import Settings
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from detection.unusual.archived_hours import of_archive
from detection.unusual.calendar import Calendar
from detection.unusual.frames import grid
from detection.unusual.hours import Hours
from detection.unusual.judging import energies_of
from detection.unusual.model_files import Card, HeldOut, Model, save
from detection.unusual.scoring import CHANNELS
from detection.unusual.spans import used
from detection.unusual.tables import fit
from detection.unusual.versions import PublishedModels, publish
from jobs.build import prepare
from jobs.functions.hours import judge_hours
from jobs.hot import FLOW
from jobs.java_views import ledger_views
from jobs.statements import parameters
from tests.sql.cluster import configured
from tests.unit.detection.unusual.homes import homes, hour_ms

LEARNED_DAYS, DAYS = 57, 3
BEGIN_MS = hour_ms(LEARNED_DAYS)
END_MS = BEGIN_MS + DAYS * DAY_MS
CADENCES_MIN = (5, 10, 30, 15, 10, 30, 5)
PHASES_MS = (0, 97_000, 0, 431_000, 0, 0, 11_000)
FALLS, OVERTAKES, INTERVALS, ERRS = 3, 4, 5, 6
"""Homes: a register that begins again, readings that come in any order, one of intervals, and a
register that is now and then said to be what it is not."""
COLUMNS = {
    "meter_id": "STRING",
    "geohash": "STRING",
    "commodity": "STRING",
    "ts": "BIGINT",
    "seq": "BIGINT",
    "register": "BIGINT",
    "demand": "BIGINT",
    "voltage_v": "DOUBLE",
    "energy": "BIGINT",
    "revision": "BIGINT",
    "quality": "STRING",
    "arrival_ms": "BIGINT",
    "late": "BOOLEAN",
    "announcement": "BOOLEAN",
    "feeder": "STRING",
    "region": "STRING",
    "cadence_ms": "BIGINT",
    "kind": "STRING",
    "register_size": "BIGINT",
    "removed": "BOOLEAN",
    "capacity_w": "BIGINT",
    "supply": "STRING",
    "installed_ms": "BIGINT",
    "heartbeat": "BOOLEAN",
    "kafka_partition": "INT",
    "ahead": "BOOLEAN",
    "closing": "BOOLEAN",
    "lost_power_ms": "BIGINT",
}
"""Of `usable_readings`."""
USUAL: dict[str, Any] = dict.fromkeys(COLUMNS) | {
    "geohash": "gcpuyj",
    "commodity": "electricity",
    "revision": 0,
    "late": False,
    "announcement": False,
    "removed": False,
    "heartbeat": False,
    "kafka_partition": 0,
    "ahead": False,
}

Key = tuple[str, int]
"""A meter, and the start of an hour, epoch ms."""


class Row(NamedTuple):
    """Of an hour, as handed on, and what is said of it."""

    meter_id: str
    at_ms: int
    checksum: int
    energies: bytes
    score: float | None
    highest: float | None
    channel: str | None
    used_wh: float | None
    usual_wh: float | None
    model: str | None

    @property
    def key(self) -> Key:
        return self.meter_id, self.at_ms - HOUR_MS


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("data")
    return Settings(data_dir=folder, _env_file=None)  # type: ignore[call-arg]


@pytest.fixture(scope="module")
def hours() -> Hours:
    made = homes(len(CADENCES_MIN), LEARNED_DAYS + DAYS)
    # Something heavy in the night, something in a few evenings, and something for days.
    made.energy_mwh[0, (LEARNED_DAYS + 1) * 24 + 3] += 4_000_000
    made.energy_mwh[1, (LEARNED_DAYS + 1) * 24 + 18 : (LEARNED_DAYS + 1) * 24 + 23] += 1_500_000
    made.energy_mwh[2, (LEARNED_DAYS + 1) * 24 :] += 400_000
    return made


def readings(hours: Hours) -> Iterator[dict[str, Any]]:
    """Of all homes, some of which are lost, and some late; energy is used evenly in an hour."""
    random = Random(3)
    for home, meter_id in enumerate(hours.meters):
        total = np.concatenate([[0], np.cumsum(hours.energy_mwh[home])])
        seq, before, dropped = 65_400, 0, 0
        begin_ms = BEGIN_MS + PHASES_MS[home]
        for ts in range(begin_ms, END_MS + 1, CADENCES_MIN[home] * MINUTE_MS):
            hour, rest_ms = divmod(ts - hours.first_ms, HOUR_MS)
            used_mwh = hours.energy_mwh[home, min(hour, hours.count - 1)]
            register = int(total[hour] + used_mwh * rest_ms // HOUR_MS)
            if home == FALLS and ts > BEGIN_MS + 30 * HOUR_MS and not dropped:
                dropped = register - 1_000
            energy, before = register - before, register
            seq = (seq + 1) % 65_536
            if random.random() < 0.04:
                continue
            way_ms = random.randrange(3_000, 100_000) if random.random() < 0.05 else 500
            if home == OVERTAKES and random.random() < 0.05:
                way_ms = random.randrange(40 * MINUTE_MS)
            right = USUAL | {
                "meter_id": meter_id,
                "ts": ts,
                "seq": seq,
                "register": 0 if home == INTERVALS else register - dropped,
                "energy": energy if home == INTERVALS else None,
                "arrival_ms": ts + way_ms,
                "late": way_ms > 2_400,
            }
            yield from errs(random, right) if home == ERRS else [right]


def errs(random: Random, right: dict[str, Any]) -> list[dict[str, Any]]:
    """A reading; now and then one that comes late says what is not so, or another word of it does,
    or it is the second one that is right. All come before their hour is over."""
    rest_ms = -right["ts"] % HOUR_MS - 2_000
    if random.random() > 0.04 or rest_ms < 10 * MINUTE_MS:
        return [right]
    by = random.choice([-1, 1]) * random.randrange(1, 400_000)
    wrong = right | {"register": max(0, right["register"] + by)}
    later = {"arrival_ms": right["ts"] + random.randrange(3_000, rest_ms), "late": True}
    return random.choice([[wrong | later], [right, wrong | later], [wrong, right | later]])


@pytest.fixture(scope="module")
def log(hours: Hours, settings: Settings) -> list[dict[str, Any]]:
    """In the order of arrival; the archive has it, too."""
    said = sorted(readings(hours), key=lambda each: each["arrival_ms"])
    for day in range(DAYS + 1):
        day_ms = BEGIN_MS + day * DAY_MS
        name = f"event_date={datetime.fromtimestamp(day_ms / 1_000, UTC):%Y-%m-%d}"
        folder = settings.archive_dir / name
        folder.mkdir(parents=True)
        rows = [
            dict.fromkeys(FILE_COLUMNS.names)
            | {name: value for name, value in each.items() if name in FILE_COLUMNS.names}
            | {
                "register": each["register"] / 1_000,
                "energy": None if each["energy"] is None else each["energy"] / 1_000,
                "kafka_offset": offset,
            }
            for offset, each in enumerate(said)
            if day_ms <= each["ts"] < day_ms + DAY_MS
        ]
        pq.write_table(pa.Table.from_pylist(rows, FILE_COLUMNS), folder / "part-0")
    announced = USUAL | {
        "meter_id": hours.meters[INTERVALS],
        "announcement": True,
        "kind": "interval",
        "arrival_ms": BEGIN_MS - 1,
    }
    return [announced, *said]


@pytest.fixture(scope="module")
def model(hours: Hours, settings: Settings) -> str:
    """Of five of the homes, by the weeks before the log."""
    learned = hours.of_days(0, LEARNED_DAYS).of_meters(slice(0, INTERVALS))
    card = Card((), 0, BEGIN_MS, 0, 5, 5, 5.0, 1, HeldOut(0, 0.0, 0.0, {"none": 0.0}), None)
    folder = settings.models_dir / UNUSUAL_USE
    version = save(
        folder, Model(fit(learned, Calendar()), (0.8,) * len(CHANNELS), Calendar(), card)
    )
    publish(folder, version, BEGIN_MS, 0)
    return version


def environment(log: list[dict[str, Any]], settings: Settings, folder: Path) -> Any:  # noqa: ANN401
    """A local Flink with the views of the hot job over the log."""
    (folder / "log").mkdir()
    (folder / "log" / "rows.json").write_text("\n".join(map(json.dumps, log)))
    table_env = StreamTableEnvironment.create(
        StreamExecutionEnvironment.get_execution_environment(configured())
    )
    columns = ", ".join(f"{name} {type_}" for name, type_ in COLUMNS.items())
    table_env.execute_sql(
        f"""
        CREATE TABLE usable_readings (
            {columns},
            arrival AS TO_TIMESTAMP_LTZ(arrival_ms, 3),
            WATERMARK FOR arrival AS arrival - INTERVAL '3.001' SECOND
        ) WITH ('connector' = 'filesystem', 'path' = 'file://{folder}/log', 'format' = 'json')
        """
    )
    table_env.execute_sql(
        f"""
        CREATE TABLE facts (subject STRING, `value` BYTES) WITH (
            'connector' = 'filesystem', 'path' = 'file://{folder}/facts', 'format' = 'json'
        )
        """
    )
    table_env.create_temporary_function("judge_hours", judge_hours(settings))
    for name, java_class in FLOW.java_functions.items():
        table_env.create_java_temporary_function(name, java_class)
    ledger_views(table_env, settings, "hot")
    return table_env


@pytest.fixture(scope="module")
def rows(
    log: list[dict[str, Any]],
    model: str,  # noqa: ARG001
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Row]:
    """What the hot job says of all hours."""
    table_env = environment(log, settings, tmp_path_factory.mktemp("hours"))
    said = ", ".join(f"said.{name}" for name in Row._fields[4:])
    # As the view `judged_hours`, with what is handed on.
    judged = "SELECT *, judge_hours(subject, at_ms, energies) AS said FROM meter_hours"
    query = f"SELECT subject, at_ms, checksum, energies, {said} FROM ({judged})"
    with table_env.execute_sql(query).collect() as found:
        return [Row(*each) for each in found]


@pytest.fixture(scope="module")
def archived(
    log: list[dict[str, Any]],  # noqa: ARG001
    settings: Settings,
) -> dict[Key, int]:
    """Energies of whole hours, as the archive has them."""
    frame = of_archive(settings).filter("complete")
    return {
        (meter_id, start_ms): energy
        for meter_id, start_ms, energy in frame.select(
            "meter_id", "hour_ms", "energy_mwh"
        ).iter_rows()
    }


def energies(row: Row) -> list[int]:
    found: list[int] = energies_of([row.energies])[0].tolist()
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_stream_and_archive_have_the_same_whole_hours(
    rows: list[Row], archived: dict[Key, int], hours: Hours
) -> None:
    odd = (hours.meters[OVERTAKES], hours.meters[ERRS])
    in_order = [row for row in rows if row.meter_id not in odd]
    whole = {row.key: energies(row)[-1] for row in in_order if energies(row)[-1] != NOT_WHOLE}

    assert whole == {key: energy for key, energy in archived.items() if key[0] not in odd}
    # Nothing is told by a test in which all hours are whole, or none is.
    known = [sum(key[0] == meter_id for key in archived) for meter_id in hours.meters]
    assert min(known) > DAYS * 24 / 2
    assert sum(known) < len(hours.meters) * DAYS * 24 - 20


def test_what_comes_when_its_hour_is_over_is_known_to_the_archive_alone(
    rows: list[Row], archived: dict[Key, int], hours: Hours
) -> None:
    late = [row for row in rows if row.meter_id == hours.meters[OVERTAKES]]
    whole = {row.key: energies(row)[-1] for row in late if energies(row)[-1] != NOT_WHOLE}

    assert whole.items() < archived.items()
    assert {row.key for row in late} - whole.keys() & archived.keys()


def test_an_hour_in_which_a_register_is_said_to_fall_is_not_whole(
    rows: list[Row], archived: dict[Key, int], hours: Hours
) -> None:
    said = {row.key: energies(row)[-1] for row in rows if row.meter_id == hours.meters[ERRS]}
    whole = {key: energy for key, energy in said.items() if energy != NOT_WHOLE}

    assert whole.items() <= archived.items()
    assert len(whole) > len(said) / 2
    # That it rose again, or a word was taken back, is known to the archive alone.
    assert 3 < sum(key in archived for key in said.keys() - whole.keys()) < len(said) / 4
    assert sum(key not in archived for key in said) > 5


def test_each_hour_has_those_before(
    rows: list[Row], archived: dict[Key, int], hours: Hours
) -> None:
    for row in rows:
        if row.meter_id not in (hours.meters[OVERTAKES], hours.meters[ERRS]):
            starts = range(row.at_ms - 27 * HOUR_MS, row.at_ms, HOUR_MS)
            known = [archived.get((row.meter_id, start_ms), NOT_WHOLE) for start_ms in starts]
            assert energies(row) == known, row.key


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_model_says_of_the_stream_what_it_says_of_the_archive(
    rows: list[Row], settings: Settings, hours: Hours, model: str
) -> None:
    whole_days = grid(of_archive(settings))
    seen = used(whole_days)
    models = PublishedModels(settings.models_dir / UNUSUAL_USE)
    scores: dict[Key, float] = {}
    for home, meter_id in enumerate(whole_days.meters):
        said = models.scores(
            [meter_id] * whole_days.count,
            whole_days.starts_ms,
            seen.spans_wh[home],
            seen.base_wh[home],
        )
        starts = whole_days.starts_ms.tolist()
        scores |= {(meter_id, at): score for at, score in zip(starts, said.score, strict=True)}

    judged = 0
    for row in rows:
        odd = (hours.meters[OVERTAKES], hours.meters[ERRS])
        if row.meter_id in odd or row.at_ms > whole_days.end_ms:
            continue
        last = [
            scores.get((row.meter_id, row.at_ms - ago * HOUR_MS), np.nan) for ago in range(1, 5)
        ]
        judges = row.at_ms > BEGIN_MS and row.meter_id != hours.meters[INTERVALS]
        assert row.model == (model if judges else None)
        assert row.score == (None if np.isnan(last[0]) else round(last[0], 3))
        highest = np.fmax.reduce(last)
        assert row.highest == (None if np.isnan(highest) else round(highest, 3))
        judged += row.score is not None
    assert judged > 200


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_hours_that_are_unusual_are_facts(
    rows: list[Row],
    log: list[dict[str, Any]],
    settings: Settings,
    hours: Hours,
    tmp_path: Path,
) -> None:
    table_env = environment(log, settings, tmp_path)
    inserts = prepare(
        table_env,
        ["views/judged_hours", "inserts/judged_hours"],
        parameters(settings, "hot"),
    )
    inserts.execute().wait()

    with table_env.execute_sql("SELECT CAST(`value` AS STRING) FROM facts").collect() as found:
        facts = [json.loads(text) for (text,) in found]
    assert {each.pop("kind") for each in facts} == {JudgedHour.kind}
    odd = [row for row in rows if row.highest is not None and row.highest > ODD_SCORE]
    turns = [
        row
        for row in rows
        if (row.at_ms // HOUR_MS + crc32(row.meter_id.encode())) % TURN_HOURS == 0
    ]

    def of_facts(row: Row) -> tuple[str, int, bool, float]:
        return row.meter_id, row.at_ms, row.score is None, row.score or 0.0

    assert sorted(
        (each["subject"], each["at_ms"], each["score"] is None, each["score"] or 0.0)
        for each in facts
    ) == sorted(set(map(of_facts, [*odd, *turns])))
    # Few hours are, and of more than one home; of each home one is whatever it was.
    assert 0 < len(odd) < len(rows) / 2
    assert len({row.meter_id for row in odd}) > 1
    assert {row.meter_id for row in turns} == set(hours.meters)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_without_models_no_hour_is_handed_to_python(
    log: list[dict[str, Any]], settings: Settings, tmp_path: Path
) -> None:
    without = settings.model_copy(update={"data_dir": tmp_path / "it's new"})
    table_env = environment(log, without, tmp_path)
    prepare(table_env, ["views/judged_hours"], parameters(without, "hot"))

    with table_env.execute_sql("SELECT COUNT(*) FROM judged_hours").collect() as found:
        counts = [count for (count,) in found]

    assert counts in ([], [0])
    plan = table_env.explain_sql("SELECT said FROM judged_hours")
    below = plan.split("PythonCalc", 1)[1].split("\n", 1)[1]
    assert "is_published(" in below
