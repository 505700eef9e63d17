"""Which sites a run is of, and what is said if there are none."""

import pytest

from billing.settlement.errors import RunError
from contracts.masters import Masters
from services.settlement.asked import sites_of

AS_OF_MS = 1_796_000_000_000


def test_masters_that_are_empty_say_as_of_when_and_what_to_do() -> None:
    with pytest.raises(RunError, match=r"2026-11-30 00:53:20 UTC: .*masters load.*a minute later"):
        sites_of(Masters(AS_OF_MS), None)
    with pytest.raises(RunError, match="site is 'here', and masters have none"):
        sites_of(Masters(AS_OF_MS), "here")
