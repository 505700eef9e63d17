import pytest

from contracts.topics import partition_of

MURMUR2 = {
    "21": -973932308,
    "foobar": -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    "abc": 479470107,
}
"""Signed results of Kafka's `Utils.murmur2`, from its own tests."""


@pytest.mark.parametrize(("key", "murmur2"), MURMUR2.items())
@pytest.mark.parametrize("partitions", [1, 2, 4, 7, 12, 2**31])
def test_a_meter_goes_where_kafkas_default_partitioner_puts_its_key(
    key: str, murmur2: int, partitions: int
) -> None:
    assert partition_of(key, partitions) == (murmur2 & 0x7FFF_FFFF) % partitions
