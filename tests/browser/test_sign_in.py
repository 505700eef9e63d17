"""Signing in and out, and that no secret is anywhere but in its holder's hands."""

import logging
import re
from typing import Any

import pytest
from msgspec.json import encode
from playwright.sync_api import Page, expect

from contracts.access import CODE_MS, code_key, new_credential, session_key, tokens_key
from services.api import pages
from tests.browser.look import Visitor, Visitors
from tests.unit.services.api.town import MINE, NAMESPACE, OUTAGE, WALL

VIEWS = [
    path.format(meter_id=MINE, geohash="gcpuy", alert_id=OUTAGE, number="1")
    for path in pages.ADDRESSES
    if path != "/sign-in"
]


def a_code(visitors: Visitors) -> str:
    made, text = new_credential(
        NAMESPACE, "code", name="ada", role="operator", now_ms=WALL, expires_ms=WALL + CODE_MS
    )
    visitors.api.town.client.set(code_key(NAMESPACE, made.id), encode(made), px=CODE_MS)
    return text


def sign_in(page: Page, token: str) -> None:
    page.get_by_label("Token or sign-in code").fill(token)
    page.get_by_role("button", name="Sign in").click()


def test_a_code_in_the_fragment_signs_in_once_and_does_not_stay(visitors: Visitors) -> None:
    code = a_code(visitors)
    visitor = visitors.new()
    page = visitor.open(f"/sign-in?to=/system#code={code}", "System")
    page.wait_for_url("**/system")
    assert page.evaluate("[location.hash, document.cookie, history.length < 4]") == ["", "", True]
    again = visitors.new()
    refused = again.open(f"/sign-in#code={code}")
    expect(refused.get_by_role("alert")).to_contain_text("not good any more")
    assert "#" not in refused.url
    assert refused.url.endswith("/sign-in")


def test_a_token_that_ends_leads_to_signing_in_and_back(visitors: Visitors) -> None:
    made, token = visitors.api.town.token()
    visitor = visitors.new(token)
    page = visitor.open("/account")
    visitors.api.town.client.hdel(tokens_key(NAMESPACE), made.id)
    page.wait_for_url("**/sign-in?to=%2Faccount")
    expect(page.get_by_label("Token or sign-in code")).to_be_visible()
    sign_in(page, "wst_town-00000000_" + "0" * 48)
    expect(page.get_by_role("alert")).to_contain_text("not good any more")
    _, other = visitors.api.town.token(name="grace")
    sign_in(page, other)
    page.wait_for_url("**/account")
    expect(page.get_by_role("heading", name="grace")).to_be_visible()


def test_a_session_that_is_gone_is_noticed_by_any_answer(visitors: Visitors) -> None:
    visitor = visitors.signed_in()
    page = visitor.open("/account", "16:20:00")
    for key in visitors.api.town.client.scan_iter(session_key(NAMESPACE, "*")):
        visitors.api.town.client.delete(key)
    # A view that still asks for something may be refused first: then there is nothing to click.
    page.evaluate("document.querySelector('.nav a[href=\"/system\"]')?.click()")
    page.wait_for_url(re.compile(r"/sign-in\?to=%2F(system|account)$"))


def test_signing_out_ends_it_in_all_tabs(visitors: Visitors) -> None:
    visitor = visitors.signed_in()
    other = visitor.open("/system", "System")
    page = visitor.open("/account")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in*")
    other.wait_for_url("**/sign-in*")


@pytest.mark.parametrize(
    "wanted", ["//elsewhere.example/x", "https://elsewhere.example/", "/\\elsewhere.example", "x"]
)
def test_signing_in_leads_nowhere_else(visitors: Visitors, wanted: str) -> None:
    visitor = visitors.new()
    page = visitor.open(f"/sign-in?to={wanted}")
    _, token = visitors.api.town.token("operator", "read:live", "read:areas")
    sign_in(page, token)
    page.wait_for_url(lambda url: "/sign-in" not in url)
    assert page.url.startswith(visitor.url + "/")


def test_a_customer_begins_with_the_own_meters_and_is_led_nowhere_else(visitors: Visitors) -> None:
    visitor = visitors.signed_in("customer")
    page = visitor.open("/", "Account")
    page.wait_for_url("**/meters")
    links = page.get_by_role("navigation", name="Views").get_by_role("link")
    expect(links).to_have_count(4)
    assert [text.split("\n")[0] for text in links.all_inner_texts()] == [
        "Alerts",
        "Meters",
        "Bills",
        "Account",
    ]


def test_demand_10_no_secret_in_an_address_a_page_or_a_log(
    visitors: Visitors, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _, token = visitors.api.town.token()
    secret = token.rpartition("_")[2]
    visitor = visitors.new()
    seen: list[str] = []
    visitor.context.on("request", lambda request: seen.append(request.url))
    visitor.context.on("console", lambda message: seen.append(message.text))
    page = visitor.open("/sign-in")
    sign_in(page, token)
    page.wait_for_url(lambda url: "/sign-in" not in url)
    cookies = [each["value"] for each in visitor.context.cookies()]
    assert len(cookies) == 1
    secrets = (secret, cookies[0].rpartition("_")[2])
    streams = _streams(visitor)
    for view in VIEWS:
        page.goto(f"{visitor.url}{view}")
        page.locator(".nav").wait_for()
        seen.append(page.content())
        seen.append(str(page.evaluate("[document.cookie, location.href, {...localStorage}]")))
    assert streams, "the stream is read by the cookie alone"
    seen += [record.getMessage() for record in caplog.records]
    seen += [
        str(sample)
        for each in visitors.api.app.state.metrics.registry.collect()
        for sample in each.samples
    ]
    assert len(seen) > 100
    assert [text for text in seen for each in secrets if each in text] == []


def _streams(visitor: Visitor) -> list[dict[str, Any]]:
    found = visitor.context.pages[0].evaluate(
        "performance.getEntriesByType('resource').filter(e => e.name.includes('/v1/'))"
        ".map(e => e.name)"
    )
    return list(found)
