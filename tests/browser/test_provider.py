"""Signing in by an OpenID provider, as a browser does it."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from playwright.sync_api import expect

from contracts.oidc import OidcSettings
from services.api.provider import provider_of
from tests.browser.look import Visitors, breaches
from tests.support.oidc_provider import CLIENT, SECRET, ProviderDouble, oidc_provider
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import NAMESPACE, WALL


@pytest.fixture
def double(api: Api) -> Iterator[ProviderDouble]:
    """The provider of the API that the page is of."""
    with oidc_provider(WALL // 1_000) as found:
        found.claims = {"name": "Grace", "roles": ["grid"]}
        oidc = OidcSettings(
            issuer=found.url,
            client_id=CLIENT,
            client_secret=SECRET,  # type: ignore[arg-type]
            page_url=api.url,
            namespace=NAMESPACE,
            name="Example Power",
            operators="grid",
        )
        settings = api.parts.settings.model_copy(update={"oidc": oidc})
        with (
            patch.object(api.parts, "settings", settings),
            patch.object(api.parts, "provider", provider_of(settings)),
        ):
            yield found


@pytest.mark.usefixtures("double")
def test_one_is_led_there_and_back_to_where_one_wanted_to_go(visitors: Visitors) -> None:
    visitor = visitors.new()
    page = visitor.open("/account")
    page.wait_for_url("**/sign-in?to=%2Faccount")
    link = page.get_by_role("link", name="Sign in with Example Power")
    expect(link).to_be_visible()
    assert breaches(visitor, page) == []
    link.click()
    page.wait_for_url("**/account")
    expect(page.get_by_role("heading", name="Grace")).to_be_visible()
    assert "code=" not in page.url
    assert page.evaluate("document.cookie") == ""


def test_who_is_not_let_in_is_told_why(visitors: Visitors, double: ProviderDouble) -> None:
    double.claims = {"roles": ["guest"]}
    visitor = visitors.new()
    page = visitor.open("/sign-in")
    page.get_by_role("link", name="Sign in with Example Power").click()
    expect(page.get_by_role("alert")).to_contain_text("not as somebody who may sign in here")
    assert page.url.endswith("/sign-in")
    assert breaches(visitor, page) == []


def test_without_a_provider_there_is_a_token_alone(visitors: Visitors) -> None:
    page = visitors.new().open("/sign-in")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("link", name="Sign in with")).to_have_count(0)
