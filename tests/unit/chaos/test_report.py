"""What a run of faults plans and reports, without a stack."""

from itertools import islice
from pathlib import Path

import orjson

from chaos import report
from chaos.alerts import Raised
from chaos.faults import FAULTS
from chaos.round import Harm, Round
from chaos.run import FAULTS_A_ROUND, rounds_of, shows, soak_rounds
from chaos.size import FULL, SHORT


def a_round(*harms: Harm, lost: int | None = 0, problem: str = "") -> Round:
    """A round that was equal unless there is a problem."""
    return Round(
        seed=1,
        began="2026-01-05 18:00",
        build="0123456",
        harms=harms,
        readings=1_234_567,
        rate=20_000.4,
        behind_s=0.0,
        late=12,
        rejected=3,
        lost=lost,
        doubled=lost,
        rejects_repeated=1,
        late_dropped=0,
        equal=not problem,
        problem=problem,
    )


def test_every_fault_has_a_name_of_its_own_and_a_question() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert all(fault.question.endswith("?") for fault in FAULTS)


def test_a_soak_meets_every_fault_before_any_comes_again() -> None:
    rounds = soak_rounds(FAULTS, seed=2, seconds=3_600)
    seen: list[str] = []
    while len(seen) < len(FAULTS):
        together = next(rounds)
        assert 1 <= len(together) <= FAULTS_A_ROUND
        seen += [fault.name for fault in together]

    assert sorted(seen) == sorted(fault.name for fault in FAULTS)


def test_a_seed_decides_the_order_of_a_soak() -> None:
    def names(seed: int) -> list[list[str]]:
        rounds = islice(soak_rounds(FAULTS, seed=seed, seconds=3_600), 20)
        return [[fault.name for fault in together] for together in rounds]

    assert names(2) == names(2)
    assert names(2) != names(3)


def test_a_soak_ends_when_its_time_is_up() -> None:
    assert not list(soak_rounds(FAULTS, seed=2, seconds=0))


def test_the_report_has_a_row_for_each_fault_in_both_forms(tmp_path: Path) -> None:
    rounds = [
        a_round(Harm("taskmanager-killed", 12.3, 9.8, "")),
        a_round(Harm("redis-emptied", 30.0, 8.0, "in 9 s"), lost=7, problem="minutes: one differs"),
        a_round(Harm("upgraded", 1.0, 1.0, ""), lost=None, problem="no job runs"),
    ]

    markdown, data = report.write(tmp_path, "chaos", "wattstream chaos --all", FULL, rounds)

    lines = markdown.read_text().splitlines()
    assert "| taskmanager-killed | 1,234,567 | 20,000 | 0 | 0 | 12 | 10 | equal |  |" in lines
    assert any(
        line.startswith("| redis-emptied |") and "| 7 | 7 |" in line and "NOT EQUAL" in line
        for line in lines
    )
    assert any(line.startswith("| upgraded |") and "| ? | ? |" in line for line in lines)
    assert "`wattstream chaos --all`" in markdown.read_text()
    content = orjson.loads(data.read_bytes())
    assert [each["lost"] for each in content["rounds"]] == [0, 7, None]
    assert content["rounds"][0]["harms"][0]["fault"] == "taskmanager-killed"


def test_a_report_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    rounds = [
        a_round(Harm("taskmanager-killed", 12.3, 9.8, "after 3 s"), Harm("upgraded", 1.0, 1.0, "")),
        a_round(Harm("redis-emptied", None, 8.0, ""), lost=None, problem="no job runs"),
    ]
    report.write(tmp_path, "chaos", "wattstream chaos --all", FULL, rounds)

    assert report.read(tmp_path, "chaos", FULL) == rounds
    assert report.read(tmp_path, "chaos", SHORT) == []
    assert report.read(tmp_path, "soak", FULL) == []


def test_a_resumed_run_keeps_only_what_it_would_have_done_itself_and_was_well() -> None:
    first, second = list(rounds_of(FAULTS))[:2]
    harms = [Harm(fault.name, 1.0, 1.0, "") for fault in first]

    assert shows(a_round(*harms), first, 1)
    assert not shows(a_round(*harms), first, 2)
    assert not shows(a_round(*harms), second, 1)
    assert not shows(a_round(*harms[:-1]), first, 1)
    assert not shows(a_round(*harms, problem="one differs"), first, 1)


def test_what_prometheus_said_of_each_fault_is_there_where_it_watched(tmp_path: Path) -> None:
    said = (Raised("PartAway", "page", 11.6, 131.4), Raised("CheckpointsFail", "page", 40.0, None))
    rounds = [
        a_round(
            Harm("cassandra-stopped-long", 212.0, 2.0, "", said),
            Harm("compaction-killed", 7.0, 2.0, "", ()),
            Harm("minute-repeated", None, 1.0, ""),
        )
    ]

    markdown, _ = report.write(tmp_path, "chaos", "wattstream chaos --all", FULL, rounds)

    lines = markdown.read_text().splitlines()
    assert [line for line in lines if line.startswith("|")][-3:] == [
        "| cassandra-stopped-long | PartAway | page | 12 | 131 |",
        "| cassandra-stopped-long | CheckpointsFail | page | 40 | over before |",
        "| compaction-killed | none |  |  |  |",
    ]
    assert report.read(tmp_path, "chaos", FULL) == rounds


def test_without_prometheus_the_report_says_nothing_of_it(tmp_path: Path) -> None:
    rounds = [a_round(Harm("upgraded", 1.0, 1.0, ""))]

    markdown, _ = report.write(tmp_path, "chaos", "wattstream chaos --all", FULL, rounds)

    assert "Prometheus" not in markdown.read_text()
    assert report.read(tmp_path, "chaos", FULL) == rounds
