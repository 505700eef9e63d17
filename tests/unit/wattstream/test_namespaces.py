"""What is said of a namespace that is not there."""

import pytest

from contracts.settings import Settings
from contracts.topics import all_topics
from wattstream.namespaces import absent

SETTINGS = Settings(namespace="lodon", kafka_bootstrap="broker:9092")
DEMO, LONDON = (
    [topic.name for topic in all_topics(Settings(namespace=name))] for name in ("demo", "london")
)


def test_one_that_is_there_is_not_absent_whatever_it_has() -> None:
    assert absent(Settings(namespace="demo"), [*LONDON, *DEMO]) is None
    assert absent(Settings(namespace="demo"), ["demo.readings"]) is None


@pytest.mark.parametrize(
    ("topics", "others"),
    [
        ([*LONDON, *DEMO, "x.y", "__consumer_offsets"], "there are demo, london"),
        (["lodon.meters"], "there is none yet"),
    ],
)
def test_of_one_that_is_not_it_is_said_which_there_are(topics: list[str], others: str) -> None:
    assert absent(SETTINGS, topics) == (
        f"there is no namespace lodon at broker:9092, {others}: give one with --namespace, or make "
        "it with `wattstream submit -n lodon`"
    )
