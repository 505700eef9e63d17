"""Answers that are the same for all are kept, and not for ever."""

import asyncio
from functools import partial

from contracts.settings import Settings
from services.api.parts import COMPUTED_KEPT, COMPUTED_KEPT_S, Kept, Parts


def test_so_many_answers_are_kept_and_the_oldest_go() -> None:
    asked: list[int] = []

    async def run() -> None:
        kept = Kept(most=3)

        async def answer(key: int) -> int:
            asked.append(key)
            return key

        for key in (1, 2, 3, 1, 4, 2, 3, 4, 1):
            assert await kept.get((key,), partial(answer, key), 60.0) == key
            assert len(kept._known) <= 3

    asyncio.run(run())
    assert asked == [1, 2, 3, 4, 1]


def test_of_what_is_computed_few_are_kept() -> None:
    async def run() -> None:
        computed = Parts.of(Settings()).computed

        async def answer() -> None:
            pass

        for key in range(2 * COMPUTED_KEPT):
            await computed.get((key,), answer, COMPUTED_KEPT_S)
        assert len(computed._known) == COMPUTED_KEPT

    asyncio.run(run())
