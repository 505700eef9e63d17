"""`wattstream chaos`: the rounds of a run, and what protects other work from it."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from rich.console import Console

from adapters.flink import FlinkRest
from chaos import report
from chaos.fault import Fault
from chaos.faults import FAULTS
from chaos.round import Round, run_round
from chaos.size import FULL, SHORT
from contracts.settings import Settings
from infra.errors import StackError
from infra.local import stack

FAULTS_A_ROUND = 3


def run(
    settings: Settings,
    console: Console,
    *,
    faults: Sequence[Fault] = FAULTS,
    seed: int,
    soak_s: float | None = None,
    short: bool = False,
    rate: int | None = None,
    resume: bool = False,
    command: str,
) -> bool:
    """Run faults in the namespace of the settings, which is emptied, and write the report.

    Args:
        rate: Readings a second; those of the size if None.
        soak_s: Go on for about this long, in another order each time; without it each fault is met
            once, in the order given.
        resume: Keep the rounds that the last report begins with, as far as this one would begin
            with the same and all was well.
        command: As it was typed, for the report.

    Returns:
        Whether every store held what it must after every round.

    Raises:
        StackError: jobs of other namespaces run, which the faults would hit too.
    """
    stack.up(settings, console)
    _refuse_company(settings)
    if os.geteuid() != 0:
        left_out = ", ".join(_names([fault for fault in faults if fault.needs_root]))
        faults = [fault for fault in faults if not fault.needs_root]
        console.print(f"left out, since only root may mount file systems: {left_out or 'nothing'}")
    size = SHORT if short else FULL
    if rate is not None:
        size = replace(size, rate=rate)
    planned = rounds_of(faults) if soak_s is None else soak_rounds(faults, seed, soak_s)
    folder = settings.data_dir / "chaos" / settings.namespace
    name = "chaos" if soak_s is None else "soak"
    earlier = report.read(folder, name, size) if resume else []
    rounds: list[Round] = []
    for number, together in enumerate(planned):
        console.print(f"round {number + 1}: {', '.join(_names(together))}")
        if number < len(earlier) and shows(earlier[number], together, seed + number):
            done = earlier[number]
        else:
            earlier = []
            done = run_round(settings, together, size, seed + number, console)
        rounds.append(done)
        console.print(report.table([done]))
        # After every round: a run that is cut short has its report too.
        markdown, data = report.write(folder, name, command, size, rounds)
        console.print(f"reported in {markdown} and {data.name}", soft_wrap=True)
    return all(each.equal for each in rounds)


def rounds_of(faults: Sequence[Fault]) -> Iterator[Sequence[Fault]]:
    """Several faults to a round, in their order."""
    for first in range(0, len(faults), FAULTS_A_ROUND):
        yield faults[first : first + FAULTS_A_ROUND]


def soak_rounds(faults: Sequence[Fault], seed: int, seconds: float) -> Iterator[Sequence[Fault]]:
    """Rounds until the time is up; every fault comes before any comes again."""
    rng, until = Random(seed), time.monotonic() + seconds
    while True:
        for together in rounds_of(rng.sample(faults, len(faults))):
            if time.monotonic() >= until:
                return
            yield together


def shows(done: Round, faults: Sequence[Fault], seed: int) -> bool:
    """Whether the outcome is of these faults and this seed, with all well."""
    return (
        done.equal and done.seed == seed and [each.fault for each in done.harms] == _names(faults)
    )


def _names(faults: Sequence[Fault]) -> list[str]:
    return [fault.name for fault in faults]


def _refuse_company(settings: Settings) -> None:
    with FlinkRest(settings) as rest:
        others = rest.running_elsewhere(settings.namespace)
    if others:
        raise StackError(
            f"{', '.join(others)} run on this stack, and faults would hit them too: stop "
            "them first with `wattstream stop --namespace …`"
        )
