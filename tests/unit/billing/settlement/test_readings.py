"""A register goes on from what it showed by what it counted, as far as that is known."""

from billing.settlement.readings import readings
from billing.settlement.settlement import Counted
from contracts.billing import Letter
from contracts.energy import Span

A, B = 1, 2


def stay(
    customer_id: int | None, begin: int, end: int, register: int = 0, **letters: int
) -> Counted:
    known = {Letter[name]: mwh for name, mwh in letters.items()}
    meter = f"meter {register}"
    return Counted(
        *(register, meter, "electricity", "import", "home", customer_id, Span(begin, end), known)
    )


def shown(*stays: Counted, openings: dict[int, int] | None = None) -> list[tuple[object, ...]]:
    found = readings(stays, {0: 100} if openings is None else openings)
    return [
        (
            *(customer_id, each.counted.register, each.span.begin_ms, each.span.end_ms),
            *(each.opening_mwh, each.closing_mwh),
        )
        for (customer_id, _), own in found.items()
        for each in own
    ]


def test_a_move_ends_one_time_and_begins_the_next() -> None:
    assert shown(stay(A, 0, 5, A=7), stay(B, 5, 9, A=2, S=1)) == [
        (A, 0, 0, 5, 100, 107),
        (B, 0, 5, 9, 107, 110),
    ]


def test_what_was_nobodys_is_counted_and_not_told() -> None:
    assert shown(stay(A, 0, 5, A=7), stay(None, 5, 8, A=4), stay(A, 8, 9, A=1)) == [
        (A, 0, 0, 5, 100, 107),
        (A, 0, 8, 9, 111, 112),
    ]


def test_who_stays_has_one_time_on_each_register() -> None:
    stays = stay(A, 0, 5, A=7), stay(A, 5, 9, A=2), stay(A, 0, 9, register=1, A=3)

    assert shown(*stays, openings={0: 100, 1: 0}) == [
        (A, 0, 0, 9, 100, 109),
        (A, 1, 0, 9, 0, 3),
    ]


def test_nothing_is_told_after_what_was_not_measured_nor_of_unknown_registers() -> None:
    stays = stay(A, 0, 5, A=7), stay(B, 5, 9, A=2, E=1), stay(A, 9, 12, A=1)

    assert shown(*stays) == [(A, 0, 0, 5, 100, 107)]
    assert shown(stay(A, 0, 5, X=7)) == []
    assert shown(*stays, openings={1: 5}) == []
