"""Hours without use, by another way: each looks at all that were before it."""

from itertools import pairwise

import numpy as np
import pytest

from verification.oracle.detection import idle
from verification.oracle.ledger import NONE, Flags, Ints

USED, LONGEST = 30, 40


def by_looking(life: Ints, number: Ints, zero: Flags) -> tuple[list[int], list[int]]:
    """Zero hours and idle hours."""
    zeros: list[int] = []
    idles: list[int] = []
    with_base, without = 0, 0
    for row in range(len(life)):
        mine = [each for each in range(row + 1) if life[each] == life[row]]
        if len(mine) == 1:
            with_base, without = 0, 0
        at = {int(number[each]): bool(zero[each]) for each in mine}
        running = 0
        while running < 27 and at.get(int(number[row]) - running, False):
            running += 1
        zeros.append(running)
        day = [at.get(int(number[row]) - ago, False) for ago in range(24)]
        told = NONE
        if sum(day) >= 3:
            without += 1
            if with_base >= USED and without <= LONGEST:
                told = without
        else:
            if without and with_base >= USED and without <= LONGEST:
                told = 0
            with_base, without = (1, 0) if without else (with_base + 1, 0)
        idles.append(told)
    return zeros, idles


def test_hours_without_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "USED_HOURS", USED)
    monkeypatch.setattr(idle, "IDLE_HOURS", LONGEST)
    seen: set[tuple[int, int]] = set()
    for seed in range(20):
        random = np.random.default_rng(seed)
        life = np.sort(random.integers(0, 3, 500))
        number = np.cumsum(random.choice([1, 2, 40], 500, p=[0.96, 0.03, 0.01]))
        is_away = np.repeat(random.random(10) < 0.5, 50)
        zero = random.random(500) < np.where(is_away, 0.97, 0.02)

        zeros, idles = by_looking(life, number, zero)

        assert idle.zero_hours(life, number, zero).tolist() == zeros
        assert idle.idle_hours(life, number, zero).tolist() == idles
        seen |= set(pairwise(idles))
    # It begins, goes on to its longest, and is over by either.
    assert seen >= {(NONE, 1), (1, 2), (LONGEST, NONE), (LONGEST - 1, LONGEST)}
    assert any(before > 0 and after == 0 for before, after in seen)


def test_without_hours() -> None:
    nothing = np.empty(0, dtype=np.int64)
    for of in (idle.zero_hours, idle.idle_hours):
        assert of(nothing, nothing, nothing.astype(np.bool_)).tolist() == []
