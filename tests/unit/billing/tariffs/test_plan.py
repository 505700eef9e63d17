import re
from decimal import Decimal

import pytest

from billing.tariffs.errors import TariffError
from billing.tariffs.plan import EXAMPLES, Energy, check_site, load
from contracts.masters import Site
from tests.unit.billing.tariffs.plans import HEAD, example, plan

ENERGY = """
[[component]]
kind = "energy"
"""
FLAT = ENERGY + 'price = "0.1"\n'
LAST = '{ name = "rest", price = "0.1" }'


def bands(*inside: str) -> str:
    return f"{ENERGY}bands = [{', '.join(inside)}]\n"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_examples_are_plans_by_their_name(path: object) -> None:
    assert isinstance(path, type(EXAMPLES))
    assert example(path.stem).id == path.stem


def test_prices_are_read_exactly() -> None:
    quoted, bare = plan(ENERGY + 'price = "0.14228"'), plan(ENERGY + "price = 0.14228")

    assert quoted == bare
    assert isinstance(quoted.components[0], Energy)
    assert quoted.components[0].price == Decimal("0.14228")


def test_components_have_keys_from_one() -> None:
    blocks = example("blocks")

    assert [blocks.key(place) for place in range(3)] == [
        "blocks/1/tiers",
        "blocks/2/demand",
        "blocks/3/standing",
    ]
    assert blocks.demands == (1,)


def test_what_a_component_does_not_say_the_plan_does() -> None:
    solar = example("solar")

    assert [solar.category(place) for place in range(3)] == ["S", "Z", "S"]
    assert [solar.direction(place) for place in range(3)] == ["import", "export", "import"]
    assert example("lcl-dtou").series == ("lcl-dtou",)
    assert (example("water").sold, example("water").counted) == ("ccf", "ml")
    assert (example("gas").sold, example("gas").counted) == ("kWh", "mwh")


@pytest.mark.parametrize(
    ("components", "said"),
    [
        ("", "component is missing: give it"),
        ("component = []", r"component is \[\]: give at least one"),
        (ENERGY, r"component\[1\] has no price: give one of price, series and bands"),
        (FLAT + 'series = "x"', r"component\[1\] has price and series: give one of"),
        (ENERGY + 'price = "0.123456789"', r"component\[1\].price is '0.123456789': give .* 8 dec"),
        (ENERGY + "price = true", r"component\[1\].price is True: give a decimal number"),
        (ENERGY + 'price = "dear"', r"component\[1\].price is 'dear': give a decimal number"),
        (ENERGY + "price = nan", r"component\[1\].price is .*NaN.*: give a decimal number"),
        (ENERGY + "price = 1e999999999", r"component\[1\].price is .*: give an amount below"),
        (ENERGY + 'price = "1e-999999999"', r"price is '1e-999999999': give a decimal number"),
        (ENERGY + 'price = "1000000"', r"component\[1\].price is '1000000': give an amount below"),
        (FLAT + 'colour = "green"', r"component\[1\].colour is 'green', .* no such field.*leave"),
        (
            bands('{ name = "peak", from = "16:00", to = "19:00", price = "0.3" }'),
            r"component\[1\] bands: the last one, 'peak', has conditions: end with a band",
        ),
        (
            bands(
                '{ name = "day", from = "06:00", to = "22:00", price = "0.3" }',
                '{ name = "peak", from = "16:00", to = "19:00", price = "0.4" }',
                LAST,
            ),
            r"component\[1\] bands\[2\] \('peak'\) never applies, .*: put it before them",
        ),
        (
            bands(
                '{ name = "free", days = "free", price = "0.1" }',
                '{ name = "holiday", days = ["holiday", "sun"], price = "0.2" }',
                LAST,
            ),
            r"bands\[2\] \('holiday'\) never applies",
        ),
        (
            bands('{ name = "rest", days = "sun", price = "0.2" }', LAST),
            r"'rest' costs 0.2 and 0.1: give bands of one name one price, or two names",
        ),
        (
            bands('{ name = "a", from = "25:00", price = "0.2" }', LAST),
            r"component\[1\].bands\[1\].from is '25:00': give a local time",
        ),
        (
            '[[component]]\nkind = "tiers"\ntiers = [{ to = "300", price = "1" }, '
            '{ to = "100", price = "2" }, { price = "3" }]',
            r"component\[1\] tiers: to is 100 after 300: give tiers in ascending order",
        ),
        (
            '[[component]]\nkind = "tiers"\ntiers = [{ to = "300", price = "1" }]',
            r"tiers: leave out `to` in the last tier, and give it in all others",
        ),
        (
            '[[component]]\nkind = "tiers"\ntiers = [{ to = "0", price = "1" }, { price = "3" }]',
            r"component\[1\].tiers\[1\].to is '0': Input should be greater than 0",
        ),
        (
            '[[component]]\nkind = "minimum"\nper_month = "10"\n' + FLAT,
            r"component\[1\] is minimum: put it last, and once",
        ),
        (
            '[[component]]\nkind = "discount"\npercent = "10"\n' + FLAT,
            r"component\[1\] is discount: put it after what it is taken off",
        ),
        (
            FLAT + '[[component]]\nkind = "discount"\npercent = "101"\n',
            r"component\[2\].percent is '101': Input should be less than or equal to 100",
        ),
        (
            FLAT + '[[component]]\nkind = "discount"\npercent = "10"\nprice = "0.1"\n',
            r"component\[2\] has percent and price: give one of percent, price and per_day",
        ),
        (
            FLAT + '[[component]]\nkind = "discount"\npercent = "10"\ntax_category = "Z"\n',
            r"component\[2\] is discount, on tax categories S, Z: give it, and all before it, one",
        ),
        (
            FLAT + '[[component]]\nkind = "levy"\nprice = "0.1"\ntax_category = "Z"\n',
            r"component\[2\].tax_category is 'Z'",
        ),
        (
            '[[component]]\nkind = "gift"\n',
            r"component\[1\].kind is 'gift': give one of energy, tiers",
        ),
        ("[[component]]\n", r"component\[1\].kind is missing: give one of energy"),
        ("kind = ", "cannot be read as TOML"),
    ],
)
def test_a_wrong_plan_says_what_is_wrong(components: str, said: str) -> None:
    with pytest.raises(TariffError, match=f"^test.toml: .*{said}"):
        plan(components)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "test"', 'id = "a/b"', r"id is 'a/b'"),
        ('id = "test"', "", "id is missing: give it"),
        ('"electricity"', '"steam"', r"commodity is 'steam': Input should be 'electricity'"),
        ('"GBP"', '"pounds"', r"currency is 'pounds'"),
        ("prices_include_tax = false", "", "prices_include_tax is missing: give it"),
        ('"electricity"', '"water"\nunit = "kWh"', r"unit is 'kWh': give one of m3, l, ccf"),
        ('"electricity"', '"electricity"\nunit = "m3"', r"unit is 'm3': give one of kWh for"),
    ],
)
def test_a_wrong_head_says_what_is_wrong(old: str, new: str, said: str) -> None:
    assert old in HEAD
    with pytest.raises(TariffError, match=f"^test.toml: {said}"):
        plan(FLAT, HEAD.replace(old, new))


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(TariffError) as error:
        load('id = "a/b"\n' + FLAT, "test.toml")
    for field in ("id", "name", "commodity", "currency", "prices_include_tax"):
        assert re.search(rf"\b{field} is", str(error.value))


def test_kilowatts_are_of_electricity() -> None:
    demand = '[[component]]\nkind = "demand"\nprice = "4.5"\n'

    with pytest.raises(
        TariffError, match=r"component\[2\] is demand, a price of kW, and commodity"
    ):
        plan(FLAT + demand, HEAD.replace("electricity", "water"))


def test_series_are_by_kwh_or_m3() -> None:
    water = HEAD.replace('"electricity"', '"water"\nunit = "ccf"')

    with pytest.raises(
        TariffError, match=r"component\[1\].series has prices by kWh or m3, and unit"
    ):
        plan(ENERGY + 'series = "spot"', water)


@pytest.mark.parametrize(
    ("commodity", "site", "said"),
    [
        (
            "gas",
            Site("s", "UTC", "GBP", "GB-domestic"),
            "commodity is 'electricity', .* 'gas': give",
        ),
        (
            "electricity",
            Site("s", "UTC", "EUR", "GB-domestic"),
            "currency is 'GBP', .* 'EUR': give",
        ),
        (
            "electricity",
            Site("s", "UTC", "GBP", "DE"),
            "tax_region is 'GB-domestic', .* 'DE': give",
        ),
    ],
)
def test_a_plan_is_refused_elsewhere(commodity: str, site: Site, said: str) -> None:
    with pytest.raises(TariffError, match=f"plan lcl-flat: {said}"):
        check_site(example("lcl-flat"), commodity, site)


def test_a_plan_without_tax_region_fits_all() -> None:
    check_site(example("blocks"), "electricity", Site("s", "UTC", "GBP", "anywhere"))
