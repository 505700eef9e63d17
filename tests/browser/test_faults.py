"""Whatever is away or wrong, the page says so, and nothing old is shown as if it were of now."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Error, Page, Request, Route, expect

from tests.browser.faults import (
    AHEAD,
    FAULTS,
    Fault,
    look_away,
    set_clock_wrong,
    shown,
    stop_clock,
)
from tests.browser.people import signed_in
from tests.browser.serving import Served, serving

LONDON = ZoneInfo("Europe/London")


@contextmanager
def looking(browser: Browser) -> Iterator[tuple[Served, Page]]:
    """A city, and a page of somebody who is signed in to it."""
    with serving() as served:
        served.city.settle()
        with signed_in(browser, served) as page:
            yield served, page


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_said_and_nothing_old_is_of_now(browser: Browser, fault: Fault) -> None:
    with serving() as served, shown(browser, served, fault) as page:
        fault.befall(served, page)
        for words in fault.says:
            expect(page.locator("body")).to_contain_text(words)
        now = page.get_by_role("heading", name=re.compile(r"\bnow\b", re.IGNORECASE))
        live = page.locator(".stream-clock", has_text="Live")
        if fault.is_live:
            expect(live).to_be_visible()
            expect(page.locator(".banner")).to_have_count(0)
        else:
            expect(live).to_have_count(0)
            expect(now).to_have_count(0)


def test_a_tab_that_slept_calls_nothing_live_before_it_is_told_so(browser: Browser) -> None:
    with looking(browser) as (served, page):
        asked: set[Request] = set()
        page.on("request", lambda each: asked.add(each))
        page.on("requestfinished", lambda each: asked.discard(each))
        page.on("requestfailed", lambda each: asked.discard(each))
        page.clock.install()
        page.goto(f"{served.url}/")
        expect(page.locator(".stream-clock")).to_contain_text("Live")
        expect(page.get_by_role("heading", name="Fleet now")).to_be_visible()
        before = page.locator(".stream-clock time").inner_text()
        waiting: list[Route] = []
        is_held = True

        def hold(route: Route) -> None:
            if is_held:
                waiting.append(route)
                asked.discard(route.request)
            else:
                route.continue_()

        # Whatever is asked from here on has no answer yet.
        page.route("**/v1/**", hold)
        # Who is told after the sleep what was asked before it is told that it is live, as it is.
        while any("/v1/stream" not in each.url for each in asked):
            page.wait_for_timeout(50)
        stop_clock(page)
        look_away(page, hidden=True)
        page.clock.fast_forward(3_600_000)
        look_away(page, hidden=False)
        page.clock.resume()
        expect(page.locator(".stream-clock")).to_contain_text("Asking")
        expect(page.get_by_role("heading", name=re.compile(r"\bnow\b"))).to_have_count(0)
        served.city.go_on()
        is_held = False
        for each in waiting:
            # Whoever asked may have given up.
            with suppress(Error):
                each.continue_()
        expect(page.locator(".stream-clock")).to_contain_text("Live")
        expect(page.get_by_role("heading", name="Fleet now")).to_be_visible()
        expect(page.locator(".stream-clock time")).not_to_have_text(before)


def test_a_wrong_clock_of_the_browser_changes_no_time(browser: Browser) -> None:
    with looking(browser) as (served, page):
        set_clock_wrong(page)
        page.goto(f"{served.url}/")
        expect(page.get_by_role("heading", name="Fleet now")).to_be_visible()
        browsers = page.evaluate("Date.now()") / 1_000
        assert browsers - datetime.now().timestamp() > AHEAD.total_seconds() / 2
        served.city.stand_still(125)
        banner = page.locator(".banner-frame")
        expect(banner).to_contain_text("Live values stand still since")
        moved = datetime.fromtimestamp(served.city.moved_ms / 1_000, LONDON)
        expect(banner).to_contain_text(f"since {moved:%H:%M:%S}")
        # By the browser's clock it were hours.
        expect(banner).to_contain_text(re.compile(r"That was [2-9] min"))
