"""Charges and lines as text: by key, whole, and the same whatever order they come in."""

import csv
import io
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from billing.settlement.written import charges_text, document_lines_text
from contracts.billing import Charge, ChargeKey, LedgerLine, Letter
from contracts.issued import Document, NewDocument

KEY = ChargeKey(1, "home, left", "2013-03", "lcl-dtou/1/energy", "High")
CHARGE = Charge(KEY, "mwh", 3, 10**27 + 1, -2, "S", ((Letter.S, 1), (Letter.A, 2)))


def test_a_charge_is_a_line_of_whole_numbers() -> None:
    assert charges_text([CHARGE]) == (
        "customer_id,premises_id,month,component,band,unit,quantity,exact,minor,tax_category,"
        "by_letter\n"
        '1,"home, left",2013-03,lcl-dtou/1/energy,High,mwh,3,1000000000000000000000000001,-2,S,'
        "S=1 A=2\n"
    )


def test_the_text_is_the_same_in_any_order_and_another_for_any_other_charge() -> None:
    large = Charge(
        ChargeKey(1, "home", "2013-03", "flat/1/energy", ""),
        "mwh",
        2**62,
        2**70,
        7,
        "S",
        ((Letter.A, 2**62),),
    )
    other = replace(large, key=replace(large.key, band="night"))

    assert charges_text([large, other]) == charges_text([other, large])
    assert charges_text([large]).splitlines()[1] == (
        "1,home,2013-03,flat/1/energy,,mwh,4611686018427387904,1180591620717411303424,7,S,"
        "A=4611686018427387904"
    )
    for changed in (
        replace(large, minor=8),
        replace(large, exact=2**70 + 1),
        replace(large, by_letter=((Letter.E, 2**62),)),
    ):
        assert charges_text([changed]) != charges_text([large])


@given(
    st.permutations(
        [
            Charge(ChargeKey(who, "h", "2013-03", "c", b), "mwh", 1, 1, 1)
            for who in (1, 2)
            for b in "ab"
        ]
    )
)
def test_the_order_is_that_of_keys(charges: list[Charge]) -> None:
    assert charges_text(charges) == charges_text(sorted(charges, key=lambda each: each.key))


def test_lines_have_their_document() -> None:
    line = LedgerLine(KEY, "mwh", -3, -2, "S", "move")
    said = NewDocument("credit_note", 1, "2013-03", "GBP", -2, 0, -2, (), (line,), {})

    (row,) = csv.DictReader(io.StringIO(document_lines_text([Document("00000007", 1, 4, 0, said)])))

    assert (row["number"], row["kind"], row["run_id"]) == ("00000007", "credit_note", "4")
    assert (row["premises_id"], row["minor"], row["reason"]) == ("home, left", "-2", "move")
