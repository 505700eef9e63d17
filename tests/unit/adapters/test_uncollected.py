"""The collector waits for who asks for that, and for nothing after it."""

import gc
from threading import Event, Thread

import pytest

from adapters.uncollected import uncollected


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


def test_it_waits_for_the_last_of_two_threads() -> None:
    entered, left = Event(), Event()

    def other() -> None:
        with uncollected():
            entered.set()
            assert left.wait(300)

    thread = Thread(target=other)
    with uncollected():
        thread.start()
        assert entered.wait(300)
    try:
        assert not gc.isenabled()
    finally:
        left.set()
        thread.join()

    assert gc.isenabled()
