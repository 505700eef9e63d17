from fractions import Fraction

from billing.tariffs.units import THOUSANDTHS, thousandths


def test_imperial_units_are_exact() -> None:
    assert THOUSANDTHS["ccf"] == Fraction("2831684.6592")
    assert Fraction("0.138") * THOUSANDTHS["us_gal"] == Fraction("522.386826192")
    assert Fraction("0.0027") * THOUSANDTHS["ccf"] == Fraction("7645.54857984")
    assert round(float(THOUSANDTHS["ccf"] / THOUSANDTHS["us_gal"]), 4) == 748.0519
    assert 1_000 * THOUSANDTHS["us_gal"] == THOUSANDTHS["us_kgal"]
    assert THOUSANDTHS["imp_gal"] == Fraction("4546.09")


def test_thousandths_are_rounded_down() -> None:
    assert thousandths(Fraction("0.138"), "us_gal") == 522
    assert thousandths(Fraction("0.0027"), "ccf") == 7_645
    assert thousandths(Fraction(1), "m3") == thousandths(Fraction(1), "kWh") == 1_000_000
