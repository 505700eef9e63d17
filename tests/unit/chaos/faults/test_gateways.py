import pytest

from chaos.fault import FaultError
from chaos.faults.gateways import told


def test_readings_that_are_there_once_are_what_is_asked_for() -> None:
    assert told(6_000, 6_000, 6_000) == "6,000 readings over HTTP, each once"


def test_none_may_be_missing() -> None:
    with pytest.raises(FaultError, match=r"25 are not in the log, and 0 records"):
        told(6_000, 5_975, 5_975)


def test_none_may_be_there_twice() -> None:
    with pytest.raises(FaultError, match=r"0 are not in the log, and 25 records"):
        told(6_000, 6_000, 6_025)
