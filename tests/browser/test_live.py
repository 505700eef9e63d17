"""What the page says of live values when they stop, and how it comes by them with one stream."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Event

import httpx
import pytest
import redis
from playwright.sync_api import Page, expect

from services.api.parts import REMEMBERED_S
from tests.browser.faults import look_away, stop_clock
from tests.browser.look import PATIENCE_MS, Visitor, Visitors
from tests.support.redis_server import free_port, redis_server
from tests.unit.services.api.conftest import NO_TLS, serving
from tests.unit.services.api.town import MINE, STREAM, WALL

LATER = "16:20:05"
"""The slice after the one that the town is at."""


def banner(page: Page) -> str:
    return page.locator(".banner-frame").inner_text()


def move_on(visitors: Visitors) -> None:
    """Let the stream come to the next slice."""
    visitors.api.town.clock(moved_ms=WALL - 1_000, stream_ms=STREAM + 5_000)


def wait(until: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_MS / 1_000
    while not until():
        assert time.monotonic() < deadline_s, "it never came to be so"
        Event().wait(0.1)


@pytest.mark.parametrize(
    ("standing_ms", "said"),
    [
        (2_000, ""),
        (30_000, "Values of 23 Dec 2013, 16:20:00 UTC: newer ones are late."),
        (120_000, "Live values stand still since 07:04:40."),
    ],
)
def test_a_stream_that_stands_still_is_said_so(
    visitors: Visitors, standing_ms: int, said: str
) -> None:
    # WALL is 07:06:40 UTC.
    visitors.api.town.clock(moved_ms=WALL - standing_ms)
    page = visitors.signed_in().open("/account", "16:20:00")
    if said:
        expect(page.locator(".banner-frame")).to_contain_text(said)
    else:
        expect(page.locator(".banner-frame")).to_have_text("")


def test_what_stands_still_names_the_part_that_is_likely_and_goes_by_itself(
    visitors: Visitors,
) -> None:
    visitors.api.town.clock(moved_ms=WALL - 120_000)
    page = visitors.signed_in().open("/account")
    frame = page.locator(".banner-frame")
    expect(frame).to_contain_text("Flink does not answer")
    expect(frame).to_contain_text("not of now")
    expect(page.locator(".stream-clock")).to_contain_text("Standing still")
    move_on(visitors)
    expect(page.locator(".stream-clock")).to_contain_text(LATER)
    expect(page.locator(".stream-clock")).to_contain_text("Live")
    expect(frame).to_be_hidden()


def test_a_namespace_without_readings_says_how_to_send_some(visitors: Visitors) -> None:
    _, token = visitors.api.town.token(namespace="meadow")
    page = visitors.new(token).open("/account")
    expect(page.locator(".banner-frame")).to_contain_text("Nothing has arrived.")
    expect(page.locator(".banner-frame")).to_contain_text("wattstream simulate --namespace meadow")


def test_demand_5_no_connection_is_said_and_goes_by_itself(
    visitors: Visitors, redis_url: str
) -> None:
    port = free_port()
    with serving(redis_url, port) as api:
        page = visitors.signed_in(url=api.url).open("/account", "16:20:00")
        expect(page.locator(".stream-clock")).to_contain_text("Live")
    expect(page.locator(".banner-frame")).to_contain_text("No connection since 07:0")
    expect(page.locator(".stream-clock")).to_contain_text("No connection")
    move_on(visitors)
    with serving(redis_url, port):
        expect(page.locator(".stream-clock")).to_contain_text(LATER)
        expect(page.locator(".banner-frame")).to_be_hidden()
        assert page.url.endswith("/account")
        page.close()


def test_redis_away_is_said_and_goes_by_itself(visitors: Visitors) -> None:
    with ExitStack() as store:
        url = store.enter_context(redis_server())
        with serving(url) as api:
            api.town.settle()
            before, visitors.api = visitors.api, api
            page = visitors.signed_in().open("/account", "16:20:00")
            visitors.api = before
            store.close()
            frame = page.locator(".banner-frame")
            expect(frame).to_contain_text("Live values cannot be read: Redis does not answer.")
            page.close()


def test_redis_away_for_more_than_ten_minutes_ends_history_and_comes_back_by_itself(
    visitors: Visitors,
) -> None:
    port = free_port()
    with ExitStack() as store:
        url = store.enter_context(redis_server(port))
        with serving(url) as api:
            api.town.settle()
            before, visitors.api = visitors.api, api
            visitor = visitors.signed_in()
            visitors.api = before
            visitor.context.clock.install()
            page = visitor.open(f"/meters/{MINE}?range=day&date=2013-12-20", "438 W")
            frame, clock = page.locator(".banner-frame"), page.locator(".stream-clock")
            expect(clock).to_contain_text("Live")
            expect(page.locator(".chart-canvas canvas")).to_be_visible()
            kept = dumped(url)

            store.close()

            # Nobody can tell any more what is of now; history is there for who was let in.
            expect(frame).to_contain_text("Live values cannot be read: Redis does not answer.")
            # A while after 07:06:40, when somebody looked: as long as it took until here.
            of = re.compile(r"What is shown is of 07:0(\d:\d\d)")
            expect(frame).to_contain_text(of)
            found = of.search(banner(page))
            assert found is not None
            goes_on = f"History goes on until about 07:1{found[1]}."
            expect(frame).to_contain_text(goes_on)
            expect(clock).not_to_contain_text("Live")
            page.get_by_role("link", name="Day before").click()
            expect(page.get_by_role("heading", name="Thursday 19 December 2013")).to_be_visible()
            expect(page.locator(".chart-canvas canvas")).to_be_visible()
            # For a minute they are late, and then they stand still.
            page.clock.fast_forward(61_000)
            expect(clock).to_contain_text("Standing still")
            expect(page.get_by_role("heading", name="Last known")).to_be_visible()
            expect(frame).to_contain_text(goes_on)
            # After ten minutes the API knows nobody.
            api.parts.remembered.now_s = lambda: time.monotonic() + REMEMBERED_S + 1
            page.clock.fast_forward(600_000)
            expect(frame).to_contain_text("History cannot be read any more either")
            expect(frame).to_contain_text("Redis does not answer.")
            expect(frame).not_to_contain_text("goes on")
            page.get_by_role("link", name="Day before").click()
            expect(page.locator(".chart-waits")).to_contain_text("Redis does not answer.")
            # Who comes now is told the same, and not to sign in.
            other = visitor.open("/account", "Redis does not answer,")
            assert other.url.endswith("/account")
            with redis_server(port) as again:
                put_back(again, kept)
                for each in (page, other):
                    put_forward_until_nothing_is_the_matter(each)
                    expect(each.locator(".stream-clock")).to_contain_text("Live")
                expect(other.get_by_role("heading", name="ada")).to_be_visible()
                expect(page.get_by_role("heading", name="Now")).to_be_visible()
                expect(page.locator(".chart-canvas canvas")).to_be_visible()
                page.close()
                other.close()


def put_forward_until_nothing_is_the_matter(page: Page) -> None:
    """By half a minute, for which who was refused asks for no stream; and again, where it came too
    early."""
    for patience_s in (2, 4, 8, 16, 32, 64):
        page.clock.fast_forward(31_000)
        with suppress(AssertionError):
            expect(page.locator(".banner-frame")).to_be_hidden(timeout=1_000 * patience_s)
            return
    raise AssertionError(banner(page))


def dumped(url: str) -> dict[bytes, bytes]:
    """All that a Redis has."""
    with redis.Redis.from_url(url) as client:
        return {key: client.dump(key) for key in client.scan_iter()}


def put_back(url: str, kept: dict[bytes, bytes]) -> None:
    """Let another one have it."""
    with redis.Redis.from_url(url) as client:
        for key, value in kept.items():
            client.restore(key, 0, value)


def test_demand_6_a_tab_that_nobody_looks_at_lets_go_of_the_stream(visitors: Visitors) -> None:
    hub = visitors.api.app.state.hub
    wait(lambda: hub.open == 0)
    visitor = visitors.signed_in()
    visitor.context.clock.install()
    page = visitor.open("/account", "16:20:00")
    wait(lambda: hub.open == 1)
    # A clock that went on by itself would come to 30 s on a slow machine.
    stop_clock(page)
    look_away(page, hidden=True)
    page.clock.fast_forward(29_000)
    wait(lambda: hub.open == 1)
    page.clock.fast_forward(31_000)
    wait(lambda: hub.open == 0)
    page.clock.resume()
    move_on(visitors)
    look_away(page, hidden=False)
    expect(page.locator(".stream-clock")).to_contain_text(LATER)
    wait(lambda: hub.open == 1)


def test_demand_6_a_page_that_one_comes_back_to_is_live(visitors: Visitors) -> None:
    hub = visitors.api.app.state.hub
    wait(lambda: hub.open == 0)
    visitor = visitors.signed_in()
    page = visitor.open("/account", "16:20:00")
    wait(lambda: hub.open == 1)
    page.goto(f"{visitor.url}/healthz")
    wait(lambda: hub.open == 0)
    move_on(visitors)
    page.go_back()
    expect(page.locator(".stream-clock")).to_contain_text(LATER)
    wait(lambda: hub.open == 1)


def test_demand_7_ten_tabs_are_live_by_one_stream(visitors: Visitors) -> None:
    hub = visitors.api.app.state.hub
    wait(lambda: hub.open == 0)
    visitor = visitors.signed_in()
    tabs = [visitor.open("/account", "16:20:00") for _ in range(10)]
    wait(lambda: hub.open == 1)
    move_on(visitors)
    for tab in tabs:
        expect(tab.locator(".stream-clock")).to_contain_text(LATER)
    tabs[9].get_by_role("link", name="System").click()
    expect(tabs[9].get_by_role("heading", name="Stores")).to_be_visible()
    # Where another topic is wanted, one takes the place of the one before.
    wait(lambda: hub.open == 1)
    # Whichever has the stream, another one takes it over.
    tabs[0].close()
    visitors.api.town.clock(moved_ms=WALL - 500, stream_ms=STREAM + 10_000)
    for tab in tabs[1:]:
        expect(tab.locator(".stream-clock")).to_contain_text("16:20:10")
    wait(lambda: hub.open == 1)


@contextmanager
def streams(visitor: Visitor, token: str, many: int) -> Iterator[None]:
    """Somebody else with the same token has so many streams."""
    with ExitStack() as stack:
        for _ in range(many):
            answer = stack.enter_context(
                httpx.stream(
                    "GET",
                    f"{visitor.url}/v1/stream?topics=alerts",
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=60,
                    verify=NO_TLS,
                )
            )
            assert answer.status_code == 200
        yield


def test_demand_8_without_a_place_values_are_asked_for_and_that_is_said(
    visitors: Visitors,
) -> None:
    wait(lambda: visitors.api.app.state.hub.open == 0)
    _, token = visitors.api.town.token()
    visitor = visitors.new(token)
    visitor.context.clock.install()
    with streams(visitor, token, 4):
        page = visitor.open("/account", "16:20:00")
        frame = page.locator(".banner-frame")
        expect(frame).to_contain_text("Reduced: no stream is to be had")
        move_on(visitors)
        expect(page.locator(".stream-clock")).to_contain_text(LATER)
        expect(frame).to_contain_text("Reduced")
    # Who comes before the others are known to be gone has to wait as long again.
    wait(lambda: visitors.api.app.state.hub.open == 0)
    page.clock.fast_forward(31_000)
    expect(frame).to_be_hidden()
    wait(lambda: visitors.api.app.state.hub.open == 1)


def test_a_meter_that_is_nobodys_takes_no_stream_from_the_others(visitors: Visitors) -> None:
    """Topics of all tabs are asked for together: one that is refused must not end the rest."""
    hub = visitors.api.app.state.hub
    wait(lambda: hub.open == 0)
    visitor = visitors.signed_in()
    page = visitor.open("/account", "16:20:00")
    build = page.locator("link[rel=icon]").get_attribute("href")
    assert build is not None
    values = page.evaluate(
        "async ([folder, names]) => { const {topic} = await import(folder + '/core/stream.js'); "
        "const found = {}; for (const name of names) topic(name).subscribe(v => { "
        "found[name] = v; }); globalThis.found = found; return Object.keys(found); }",
        [build.rpartition("/")[0], ["meter:nobodys", f"meter:{MINE}", "fleet"]],
    )
    assert len(values) == 3
    wait(lambda: page.evaluate("globalThis.found.fleet !== null"))
    move_on(visitors)
    expect(page.locator(".stream-clock")).to_contain_text(LATER)
    assert page.evaluate("globalThis.found['meter:nobodys']") is None
    expect(page.locator(".banner-frame")).to_be_hidden()
