import pytest

from chaos.fault import FaultError
from chaos.faults.bridge import told


def test_readings_that_are_there_once_are_what_is_asked_for() -> None:
    assert told(4_000, 4_000, 4_000, broker_forgets=False) == "4,000 readings over MQTT, each once"


def test_what_a_broker_forgets_is_told_where_it_may() -> None:
    remark = told(4_000, 3_767, 3_767, broker_forgets=True)

    assert remark == "4,000 readings over MQTT, each once, but 233 that the broker forgot"
    with pytest.raises(FaultError, match="233 are not in the log, and 0 are there twice"):
        told(4_000, 3_767, 3_767, broker_forgets=False)


@pytest.mark.parametrize("broker_forgets", [True, False])
def test_none_may_be_there_twice(broker_forgets: bool) -> None:
    with pytest.raises(FaultError, match="2 are there twice"):
        told(4_000, 4_000, 4_002, broker_forgets=broker_forgets)


def test_nothing_shows_nothing() -> None:
    with pytest.raises(FaultError, match="shows nothing"):
        told(0, 0, 0, broker_forgets=True)
