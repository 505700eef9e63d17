"""Takes the pictures of the page: each view, 1280 wide in both themes and as a phone shows it, and
what it shows while something is away.

`uv run python docs/make_page_pictures.py [NAME ...]`, on the cities that tests of the page have.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from msgspec.json import encode
from playwright.sync_api import Browser, Page, sync_playwright

from adapters.redis_notifier import say_seen
from contracts.choices import Quiet, choices_key
from contracts.digest import customer_key
from contracts.settings import Settings
from contracts.time import MINUTE_MS, SECOND_MS
from services.notifier.rule_file import read_rules
from services.notifier.shown import notifier
from tests.bills.billed import NUMBERS, bill
from tests.browser import street
from tests.browser.city import NAMESPACE, OUTAGE
from tests.browser.faults import FAULTS, Fault, shown
from tests.browser.look import launched
from tests.browser.people import signed_in
from tests.browser.serving import Served, serving
from tests.support.postgres_server import postgres_server
from tests.unit.services.api.town import ADA, BILLED
from tests.unit.services.notifier.play import CUSTOMERS, a_choice
from tests.unit.services.notifier.told import FILE, night, seen, tell

TO = Path(__file__).parent / "pictures" / "page"
VIEWS = {
    "control-room": "/",
    "control-room-silent": "/?by=silent",
    "control-room-list": "/?as=list",
    "alerts": "/alerts",
    "alert": f"/alerts/{OUTAGE.id}",
    "area": f"/areas/{street.AREA}",
    "household": f"/meters/{street.HOME}",
    "household-live": f"/meters/{street.HOME}?range=live",
    "household-month": f"/meters/{street.HOME}?range=month",
    "meters": "/meters",
    "notifications": "/notifications",
    "top": "/top",
    "states": "/states",
    "household-bills": f"/meters/{BILLED}",
    "bills": "/bills",
    "bill": f"/bills/{NUMBERS['june']}",
    "bill-correction": f"/bills/{NUMBERS['credit']}",
    "settlement": "/settlement",
    "account": "/account",
}
OF_CUSTOMERS = {"household-bills", "bills", "bill", "bill-correction", "account"}
"""Are shown as the customer sees them."""
SIZES: dict[str, tuple[int, int, Literal["light", "dark"]]] = {
    "1280-light": (1280, 800, "light"),
    "1280-dark": (1280, 800, "dark"),
    "390-dark": (390, 844, "dark"),
}
WHOLE = {"household-bills", "bill", "bill-correction", "account"}
"""What counts of these stands at their ends, too."""
LONGEST = 2_400
"""Of a picture: of a list it is the beginning that counts."""
FAULT_SIZE = {"width": 1280, "height": 620}


def main() -> None:
    """Take all of them, or those of the views and faults that are named."""
    TO.mkdir(parents=True, exist_ok=True)
    faults = {f"fault-{each.name}": each for each in FAULTS}
    wanted = sys.argv[1:] or [*VIEWS, *faults]
    with sync_playwright() as playwright, launched(playwright) as browser:
        views = [name for name in wanted if name in VIEWS]
        if views:
            take_views(browser, views)
        for name in wanted:
            if name in faults:
                take_fault(browser, name, faults[name])


def take_views(browser: Browser, names: list[str]) -> None:
    """Pictures of views, in all sizes."""
    with ExitStack() as stack:
        served = stack.enter_context(serving(stack.enter_context(billing())))
        served.city.settle()
        served.city.regions()
        street.settle(served)
        street.publish_usual(served.parts.of_namespace(NAMESPACE))
        street.add(served, BILLED, "electricity", ADA, MINUTE_MS)
        served.city.client.sadd(customer_key(NAMESPACE, ADA), BILLED)
        points = served.parts.kept_history.points
        points[BILLED, "electricity"] = points[street.HOME, "electricity"]
        notified = night(OUTAGE, round(time.time() * SECOND_MS))
        tell(served.city.client, NAMESPACE, notified)
        served.city.waits = True
        for name in names:
            for size in SIZES:
                seen(served.city.client, NAMESPACE, notified, round(time.time() * SECOND_MS))
                if name == "account":
                    offer(served)
                take(browser, served, name, size)


def offer(served: Served) -> None:
    """Let a notifier say that customers may choose; one has."""
    now_ms = round(time.time() * SECOND_MS)
    say_seen(served.city.client, NAMESPACE, notifier(read_rules(CUSTOMERS), FILE, now_ms, now_ms))
    quiet = Quiet("22:00", "07:00")
    chosen = a_choice(ADA, at_ms=now_ms, address="ada@homes.example", quiet=quiet)
    served.city.client.hset(choices_key(NAMESPACE), ADA, encode(chosen))


@contextmanager
def billing() -> Iterator[Settings]:
    """A PostgreSQL with the bills of the city, and the archive that they are made of."""
    with postgres_server() as settings:
        found = settings.model_copy(update={"namespace": NAMESPACE})
        bill(found)
        yield found


def take(browser: Browser, served: Served, name: str, size: str) -> None:
    """One picture."""
    width, height, theme = SIZES[size]
    token = served.city.token("ada", "customer", customer=ADA) if name in OF_CUSTOMERS else None
    with signed_in(browser, served, token, width=width, height=height) as page:
        page.emulate_media(color_scheme=theme)
        page.goto(f"{served.url}{VIEWS[name]}")
        settle(page)
        if width < 500 or name in WHOLE:
            # A window as long as the page: what stands at its end does so in the picture.
            long = min(LONGEST, page.evaluate("document.documentElement.scrollHeight"))
            page.set_viewport_size({"width": width, "height": long})
            page.wait_for_timeout(500)
        page.screenshot(path=TO / f"{name}-{size}.png")


def take_fault(browser: Browser, name: str, fault: Fault) -> None:
    """What is shown when something befalls a city."""
    with serving() as served, shown(browser, served, fault, **FAULT_SIZE) as page:
        page.wait_for_timeout(1_500)
        fault.befall(served, page)
        for words in fault.says:
            page.locator("body", has_text=words).wait_for()
        page.wait_for_timeout(1_500)
        page.screenshot(path=TO / f"{name}.png")


def settle(page: Page) -> None:
    """Wait until nothing is on its way."""
    page.wait_for_selector("h1", state="attached")
    page.locator(".skeleton, .chart-waits").first.wait_for(state="detached")
    page.get_by_text("Comparing plans").wait_for(state="detached")
    page.wait_for_timeout(2_500)


if __name__ == "__main__":
    main()
