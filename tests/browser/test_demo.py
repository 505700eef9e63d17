"""The addresses that `make demo` prints."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from contracts.access import SCOPES
from contracts.settings import ApiSettings, RedisSettings, Settings
from tests.browser.look import Visitors
from tests.unit.services.api.town import NAMESPACE
from wattstream import sign_in


def address_of(visitors: Visitors, redis_url: str, name: str, customer: str | None = None) -> str:
    port = int(visitors.api.url.rpartition(":")[2])
    settings = Settings(
        namespace=NAMESPACE, redis=RedisSettings(url=redis_url), api=ApiSettings(port=port)
    )
    # Playwright has an event loop in this thread.
    with ThreadPoolExecutor(1) as pool:
        made = sign_in.sign_in_address(settings, name, customer)
        return pool.submit(asyncio.run, made).result()


def test_the_address_of_the_demonstration_signs_in_as_an_operator(
    visitors: Visitors, redis_url: str
) -> None:
    address = address_of(visitors, redis_url, "demo")
    assert address.startswith(f"{visitors.api.url}/sign-in#code=wsc_{NAMESPACE}-")
    visitor = visitors.new()
    page = visitor.open(address.removeprefix(visitor.url), "Control room")
    page.goto(f"{visitor.url}/account")
    expect(page.get_by_role("heading", name="demo")).to_be_visible()
    may = page.get_by_text("May: ").inner_text()
    not_theirs = {"admin:tokens", "write:choice", "write:readings"}
    assert may == "May: " + ", ".join(each for each in SCOPES if each not in not_theirs)


@pytest.mark.usefixtures("offered", "chosen")
def test_that_of_its_customer_signs_in_as_one_who_can_choose(
    visitors: Visitors, redis_url: str
) -> None:
    address = address_of(visitors, redis_url, "ada", "c-mine")
    visitor = visitors.new()
    page = visitor.open(address.removeprefix(visitor.url))
    page.wait_for_url("**/meters**")
    page.goto(f"{visitor.url}/account")
    expect(page.get_by_role("heading", name="ada")).to_be_visible()
    section = page.get_by_role("region", name="How you are told")
    expect(section.get_by_label("Your mail address")).to_be_visible()
