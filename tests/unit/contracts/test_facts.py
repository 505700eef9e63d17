"""Facts as the contract shows them."""

import re

import msgspec

from contracts.facts import MISSED_TWICE, Feed, FeederSlice, Missed, Partition, Returned
from contracts.settings import PROJECT


def test_the_example_of_the_contract_is_a_fact() -> None:
    text = (PROJECT / "contracts" / "README.md").read_text()
    (example,) = re.findall(r'\{"kind":"feeder_slice".*?\}(?=\n```)', text, re.DOTALL)

    fact = msgspec.json.decode(example, type=FeederSlice)

    assert fact.missed[0] == Missed("MAC000002", 1709287190120, 5_000, MISSED_TWICE)
    assert fact.returned == (Returned("MAC000007", 1709287203020, 1709287150180, 0.0, 6.25),)
    assert (fact.missed_count, fact.missed_twice, fact.silent) == (2, 2, 1)


def test_the_example_of_a_feed_is_a_fact_and_as_it_is_written() -> None:
    text = (PROJECT / "contracts" / "README.md").read_text()
    (example,) = re.findall(r'\{"kind":"feed",.*?\}(?=\n```)', text, re.DOTALL)

    fact = msgspec.json.decode(example, type=Feed)

    assert msgspec.json.decode(msgspec.json.encode(fact)) == msgspec.json.decode(example)
    heard, quiet = fact.partitions
    assert heard == Partition(0, 1709287204310, 0, 0, 3_600_000, 1709283604310)
    assert (quiet.number, quiet.alone_ms, quiet.heard_from_ms) == (1, 15_000, None)
