"""Who uses much less than before."""

from jobs.rules.use_drop import Drop, drops


def test_less_than_so_much_of_what_it_was_is_a_drop_and_the_largest_stands_first() -> None:
    usual = {"a": 10.0, "b": 10.0, "c": 2.0, "d": 10.0}

    found = drops({"a": 3.4, "b": 3.5, "c": 0.0, "d": 1.0}, usual, 35)

    assert found == (Drop("d", 1.0, 10.0), Drop("a", 3.4, 10.0), Drop("c", 0.0, 2.0))


def test_of_what_is_not_known_nothing_is_said() -> None:
    assert drops({"new": 0.0, "never": 0.0}, {"never": 0.0}, 35) == ()
    assert drops({}, {"gone": 5.0}, 35) == ()
