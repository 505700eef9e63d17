"""A record of the masters' topic is a change, or is named."""

import pytest

from adapters.masters_topic import CaptureError, change_of
from contracts.capture import Change

HEADERS = [("__op", b'"c"'), ("__source_lsn", b"27041232"), ("__source_table", b'"tenant"')]
KEY = b'{"tenant_id":"dc:eqix:us:chi1:12"}'


def test_a_row_and_a_row_that_is_gone() -> None:
    key = {"tenant_id": "dc:eqix:us:chi1:12"}
    row = b'{"tenant_id":"dc:eqix:us:chi1:12","customer_id":924}'

    there, gone = change_of(KEY, row, HEADERS), change_of(KEY, None, HEADERS)

    assert there == Change("tenant", key, 27_041_232, key | {"customer_id": 924})
    assert gone == Change("tenant", key, 27_041_232, None)


@pytest.mark.parametrize(
    ("key", "headers"),
    [(None, HEADERS), (b"tenant", HEADERS), (KEY, []), (KEY, HEADERS[:1]), (KEY, HEADERS[:2])],
)
def test_what_is_no_change_is_told(key: bytes | None, headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises(CaptureError, match=r"record 7 of the masters' topic is none of a change"):
        change_of(key, b"{}", headers, 7)
