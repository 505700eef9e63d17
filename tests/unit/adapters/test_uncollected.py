"""The collector waits for a settlement, and for nothing after it."""

import gc

import pytest

from services.settlement.uncollected import uncollected


def test_the_collector_waits_until_all_of_it_is_over() -> None:
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()

    assert gc.isenabled()


def test_it_goes_on_after_an_error() -> None:
    @uncollected()
    def fails() -> None:
        assert not gc.isenabled()
        raise ValueError

    with pytest.raises(ValueError):
        fails()

    assert gc.isenabled()
