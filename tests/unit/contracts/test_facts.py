"""Facts as the contract shows them."""

import re

import msgspec

from contracts.facts import MISSED_TWICE, FeederSlice, Missed, Returned
from contracts.settings import PROJECT


def test_the_example_of_the_contract_is_a_fact() -> None:
    text = (PROJECT / "contracts" / "README.md").read_text()
    (example,) = re.findall(r'\{"kind":"feeder_slice".*?\}(?=\n```)', text, re.DOTALL)

    fact = msgspec.json.decode(example, type=FeederSlice)

    assert fact.missed[0] == Missed("MAC000002", 1709287190120, 5_000, MISSED_TWICE)
    assert fact.returned == (Returned("MAC000007", 1709287203020, 1709287150180, 0.0, 6.25),)
    assert (fact.missed_count, fact.missed_twice, fact.silent) == (2, 2, 1)
