"""A body is taken as a whole or refused as a whole."""

import asyncio

import orjson
import pytest

from contracts.reading import Reading
from services.api.problems import ProblemError
from services.api.readings.body import MOST_LINES, MOST_TOLD, Line, readings_of
from tests.unit.services.api.readings.test_line import line


def readings(body: bytes, mine: str = "m") -> list[Line]:
    return asyncio.run(readings_of(body, lambda meter_id: meter_id.startswith(mine)))


def refusal(body: bytes) -> ProblemError:
    with pytest.raises(ProblemError) as refused:
        readings(body)
    return refused.value


def of(meter_id: str) -> bytes:
    return line(meter_id=meter_id)


def test_lines_have_numbers_as_an_editor_counts_them() -> None:
    found = readings(of("m1") + b"\r\n\n   \n" + of("m2") + b"\n")
    assert [(each.number, each.reading.meter_id) for each in found] == [(1, "m1"), (4, "m2")]
    assert isinstance(found[0].reading, Reading)
    assert readings(of("m1")) == readings(of("m1") + b"\n")


def test_one_line_that_is_wrong_has_all_refused_and_every_one_is_named() -> None:
    body = b"\n".join([of("m1"), line(meter_id="m2", ts="x"), of("m3"), b"{", of("other")])
    refused = refusal(body)
    assert refused.status == 422
    assert refused.details.errors is not None
    told = {each.pointer: each.detail for each in refused.details.errors}
    assert list(told) == ["/body/2/ts", "/body/4", "/body/5/meter_id"]
    assert told["/body/2/ts"].startswith('it is "x": give epoch')
    assert '"other"' in told["/body/5/meter_id"]
    assert "token" in told["/body/5/meter_id"]
    assert "No reading of the body was taken" in refused.details.detail


def test_what_is_nobodys_meter_is_told_as_what_is_somebody_elses() -> None:
    first, second = (refusal(of(each)).details.errors for each in ("a", "b"))
    assert first and second
    assert first[0].detail.replace('"a"', '"b"') == second[0].detail


def test_of_many_that_are_wrong_some_are_told_and_the_others_counted() -> None:
    errors = refusal(b"{}\n" * (MOST_TOLD + 7)).details.errors
    assert errors is not None
    assert len(errors) == MOST_TOLD + 1
    assert errors[-1].pointer == "/body"
    assert errors[-1].detail.startswith("7 further lines")


@pytest.mark.parametrize("body", [b"", b"\n", b"\n  \n\r\n"])
def test_a_body_without_a_reading_is_refused(body: bytes) -> None:
    errors = refusal(body).details.errors
    assert errors is not None
    assert [each.pointer for each in errors] == ["/body"]
    assert "no reading" in errors[0].detail


def test_lines_are_limited() -> None:
    one = of("m1") + b"\n"
    assert len(readings(one * MOST_LINES)) == MOST_LINES
    assert len(readings((one * MOST_LINES)[:-1])) == MOST_LINES
    for more in (one * MOST_LINES + b"{}", one * (MOST_LINES + 1)):
        refused = refusal(more)
        assert refused.status == 413
        assert "5,000 lines" in refused.details.detail


def test_others_have_their_turn_while_a_body_is_read() -> None:
    async def run() -> int:
        turns, over = 0, False

        async def other() -> None:
            nonlocal turns
            while not over:
                turns += 1
                await asyncio.sleep(0)

        beside = asyncio.create_task(other())
        await readings_of((of("m1") + b"\n") * 1_000, lambda _: True)
        over = True
        await beside
        return turns

    assert asyncio.run(run()) >= 10


def test_the_reading_is_what_the_line_says() -> None:
    (found,) = readings(of("m1"))
    said = orjson.loads(of("m1"))
    assert {name: getattr(found.reading, name) for name in said} == said
