"""Faults as who looks at the page meets them: how each comes about, and what the page says then."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, cast

from cassandra.cluster import NoHostAvailable
from playwright.sync_api import Browser, Error, Page

from tests.browser import street
from tests.browser.look import browser_s
from tests.browser.people import signed_in
from tests.browser.serving import Served
from tests.unit.services.api.life import Kept

AHEAD = timedelta(hours=3)
ASLEEP_MS = 3_600_000


def as_it_is(page: Page) -> None:
    """Leave the browser as it is."""


@dataclass(frozen=True)
class Fault:
    """One of them."""

    name: str
    path: str
    """What is looked at."""
    befall: Callable[[Served, Page], None]
    says: Sequence[str]
    """All of it is on the page then."""
    is_live: bool = False
    """Whether what is shown is of now all the same."""
    before: Callable[[Page], None] = as_it_is
    """What is done before the page is opened."""


class NoHistory:
    """A Cassandra that does not answer."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        async def fail(*_: object) -> NoReturn:
            raise NoHostAvailable("nobody answers", {})

        return fail


def empty_redis(served: Served, page: Page) -> None:  # noqa: ARG001
    """Redis is another one: it has no token, and no values."""
    served.city.vanish()


def enter_again(served: Served, page: Page) -> None:
    """The same, and somebody has made a token."""
    served.city.vanish()
    page.get_by_label("Token or sign-in code").fill(served.city.token())
    page.get_by_role("button", name="Sign in").click()


def stop_redis(served: Served, page: Page) -> None:  # noqa: ARG001
    """Redis is stopped."""
    served.redis.close()


def stop_redis_for_long(served: Served, page: Page) -> None:
    """Redis is stopped, more than ten minutes ago."""
    served.redis.close()
    page.get_by_text("Redis does not answer").first.wait_for()
    served.parts.remembered.now_s = lambda: float("inf")
    page.clock.fast_forward(11 * 60_000)


def stop_cassandra(served: Served, page: Page) -> None:
    """Cassandra is stopped."""
    served.parts.kept_history = cast(Kept, NoHistory())
    page.reload()


def stop_the_job(served: Served, page: Page) -> None:  # noqa: ARG001
    """The hot job ended more than a minute ago."""
    served.city.stand_still(61)


def kill_the_api(served: Served, page: Page) -> None:  # noqa: ARG001
    """The API ends."""
    served.kill()


def nothing(served: Served, page: Page) -> None:
    """No more than was done before."""


def set_clock_wrong(page: Page) -> None:
    """The browser's clock is hours ahead."""
    page.clock.install(time=datetime.now(UTC) + AHEAD)


def have_clock(page: Page) -> None:
    """The browser's clock can be put forward."""
    page.clock.install()


def sleep(served: Served, page: Page) -> None:
    """Nobody looks at the tab for an hour, and then somebody does."""
    look_away(page, hidden=True)
    page.clock.fast_forward(ASLEEP_MS)
    served.city.go_on()
    look_away(page, hidden=False)


def look_away(page: Page, *, hidden: bool) -> None:
    """Let a tab believe that nobody looks at it, or somebody again."""
    page.evaluate(
        "state => { Object.defineProperty(document, 'visibilityState', "
        "{value: state, configurable: true}); "
        "document.dispatchEvent(new Event('visibilitychange')); }",
        "hidden" if hidden else "visible",
    )


def stop_clock(page: Page) -> None:
    """Let the browser's clock, which can be put forward, stand still a second later than it is."""
    try:
        page.clock.pause_at(browser_s(page) + 1)
    except Error:
        # It was later already when it was told so; since then it stands still.
        page.clock.pause_at(browser_s(page) + 1)


FAULTS = (
    Fault("redis-empty", "/", empty_redis, ("Sign in", "Token or sign-in code")),
    Fault(
        "redis-empty-again",
        "/",
        enter_again,
        ("Nothing has arrived", "wattstream simulate", "No readings yet"),
    ),
    Fault(
        "redis-away",
        "/",
        stop_redis,
        ("Live values cannot be read: Redis does not answer", "History goes on until about"),
    ),
    Fault(
        "redis-away-long",
        f"/meters/{street.HOME}",
        stop_redis_for_long,
        ("History cannot be read any more either", "Standing still", "Last known"),
        before=have_clock,
    ),
    Fault(
        "cassandra-away",
        f"/meters/{street.HOME}",
        stop_cassandra,
        ("The bars cannot be shown", "Cassandra does not answer", "612 W"),
        is_live=True,
    ),
    Fault("job-stopped", "/", stop_the_job, ("Live values stand still since", "Standing still")),
    Fault("api-killed", "/", kill_the_api, ("No connection since", "The page tries again")),
    Fault("clock-wrong", "/", nothing, ("Fleet now",), is_live=True, before=set_clock_wrong),
    Fault("asleep", "/", sleep, ("Fleet now",), is_live=True, before=have_clock),
)


@contextmanager
def shown(browser: Browser, served: Served, fault: Fault, **how: Any) -> Iterator[Page]:  # noqa: ANN401
    """The page that somebody looks at when a fault befalls a city and its street."""
    served.city.settle()
    street.settle(served)
    with signed_in(browser, served, **how) as page:
        fault.before(page)
        page.goto(f"{served.url}{fault.path}")
        page.locator(".stream-clock", has_text="Live").wait_for()
        page.locator("h1").first.wait_for(state="attached")
        page.locator(".skeleton, .chart-waits").first.wait_for(state="detached")
        yield page
