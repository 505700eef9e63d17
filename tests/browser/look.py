"""How a test looks at the page: a browser with a profile of its own for each visitor, and what the
page must never do, whatever is looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

from contracts.access import Role, Scope
from infra.prerequisites import chromium
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.test_session import cookie_of

WITHOUT = (
    # Each window would load two pages of suggestions below the address, and each process of a page
    # start another one for the next.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess"),
    # What Playwright turns off, whose list this one replaces.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "AimEnabled"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
)
"""Features of Chromium, of which no page knows."""
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    f"--disable-features={','.join(WITHOUT)}",
)
PATIENCE_MS = 60_000
"""For what comes by itself, on a busy machine."""
STARTS_WITHIN_MS = 180_000
"""The browser, on such a machine."""

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
Rules = dict[str, str | list[str]]
ALL: Rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
"""Rules of WCAG 2.2 AA."""
OF_COLOURS: Rules = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""Those whose answer depends on a colour."""


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium."""
    found = chromium()
    assert found is not None, "run `make setup`, which installs Chromium"
    browser = playwright.chromium.launch(
        executable_path=found, args=list(FLAGS), timeout=STARTS_WITHIN_MS
    )
    try:
        yield browser
    finally:
        browser.close()


@dataclass
class Visitor:
    """A browser of somebody, with all of its tabs."""

    context: BrowserContext
    url: str
    wrong: list[str] = field(default_factory=list)
    """What the page must never do: errors of scripts, and breaches of its own policy."""
    is_examined: bool = False
    """What examines a page tries styles that its policy forbids, of which it is told late."""

    def open(self, path: str, until: str | None = None) -> Page:
        """A tab at an address, as soon as it has a heading, or some other text."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.wrong.append(f"{path}: {error}"))
        page.on("console", lambda message: self._heard(path, message))
        page.goto(f"{self.url}{path}")
        if until is None:
            page.locator("h1").first.wait_for()
        else:
            page.get_by_text(until).first.wait_for()
        return page

    def _heard(self, path: str, message: ConsoleMessage) -> None:
        # What the API refuses is told by each test that is about it.
        refused = any(each in message.text for each in ("Failed to load resource", "net::ERR"))
        tried = self.is_examined and "Content Security Policy" in message.text
        if message.type == "error" and not refused and not tried:
            self.wrong.append(f"{path}: {message.text}")


@dataclass
class Visitors:
    """All who come in a test."""

    browser: Browser
    api: Api
    come: list[Visitor] = field(default_factory=list)

    def new(self, token: str | None = None, url: str | None = None, **how: Any) -> Visitor:  # noqa: ANN401
        """Somebody, signed in with a token if there is one; `how` is of Playwright's contexts."""
        context = self.browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | how)
        visitor = Visitor(context, url or self.api.url)
        if token is not None:
            name, _, value = cookie_of(self.api, token)["Cookie"].partition("=")
            context.add_cookies([{"name": name, "value": value, "url": visitor.url}])
        self.come.append(visitor)
        return visitor

    def signed_in(self, role: Role = "operator", *scopes: Scope, **how: Any) -> Visitor:  # noqa: ANN401
        """Somebody of a role; a customer is c-mine."""
        customer = "c-mine" if role == "customer" else None
        _, token = self.api.town.token(role, *scopes, customer=customer)
        return self.new(token, **how)

    def leave(self) -> list[str]:
        """Let all go; what went wrong meanwhile."""
        for each in self.come:
            each.context.close()
        return [wrong for each in self.come for wrong in each.wrong]


def breaches(visitor: Visitor, page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, by night and by day: the rule, and where. Styles tell
    them apart by colours alone (`light-dark()`), so that nothing else is asked twice."""
    visitor.is_examined = True
    page.evaluate(AXE)
    return [*_breaches(page, "dark", ALL), *_breaches(page, "light", OF_COLOURS)]


def _breaches(page: Page, theme: Literal["dark", "light"], rules: Rules) -> list[str]:
    page.emulate_media(color_scheme=theme)
    # Of what is well, its number would do, and nobody asks for that.
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules
    )
    return [
        f"{theme}, {each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def browser_s(page: Page) -> float:
    """What the browser's clock says, epoch seconds, as Playwright's clock has times."""
    now_ms: int = page.evaluate("Date.now()")
    return now_ms / 1_000


def press_at_once(page: Page, *keys: str) -> None:
    """Press keys of which each counts only if it comes soon after the one before: by the page's
    clock, which stands still from here on, no time passes."""
    page.clock.set_fixed_time(browser_s(page))
    for key in keys:
        page.keyboard.press(key)


def overhang(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    width: int = page.evaluate(
        "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width
