"""The address that `make demo` prints."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import expect

from contracts.access import SCOPES
from contracts.settings import ApiSettings, RedisSettings, Settings
from tests.browser.look import Visitors
from tests.unit.services.api.town import NAMESPACE
from wattstream import sign_in


def test_the_address_of_the_demonstration_signs_in_as_an_operator(
    visitors: Visitors, redis_url: str
) -> None:
    port = int(visitors.api.url.rpartition(":")[2])
    settings = Settings(
        namespace=NAMESPACE, redis=RedisSettings(url=redis_url), api=ApiSettings(port=port)
    )
    # Playwright has an event loop in this thread.
    with ThreadPoolExecutor(1) as pool:
        made = sign_in.sign_in_address(settings, "demo")
        address = pool.submit(asyncio.run, made).result()
    assert address.startswith(f"{visitors.api.url}/sign-in#code=wsc_{NAMESPACE}-")
    visitor = visitors.new()
    page = visitor.open(address.removeprefix(visitor.url), "Control room")
    page.goto(f"{visitor.url}/account")
    expect(page.get_by_role("heading", name="demo")).to_be_visible()
    may = page.get_by_text("May: ").inner_text()
    not_theirs = {"admin:tokens", "write:choice"}
    assert may == "May: " + ", ".join(each for each in SCOPES if each not in not_theirs)
