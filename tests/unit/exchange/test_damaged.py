"""Whatever happens to a file: no reader falls over it, each value of it is used or counted with a
reason, what is sent are readings, and what was not touched is as it was."""

import gzip
import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exchange.errors import FileRefused
from exchange.formats.options import Options
from exchange.importing.importer import Importer
from exchange.importing.ledger import Ledger
from exchange.importing.report import Report
from exchange.opening import sources
from exchange.recognising import format_of
from exchange.values import Block, Found
from tests.support.chance import examples
from tests.unit.exchange.damage import damaged, faults_of, unclear
from tests.unit.exchange.files import DATA, outcome
from tests.unit.exchange.importing.test_importer import MemoryLog, anywhere

OPTIONS = Options(
    meter="home",
    zone=ZoneInfo("America/Los_Angeles"),
    unit="kWh",
    calorific_mj_per_m3=Decimal(38),
)
ENTRIES, ROWS = 12, 80
"""Of a feed, and of a table: more of them say nothing else."""
MANY = 200
"""Files of each format that are tried by `make proof`."""


@cache
def sample(name: str) -> bytes:
    content = (DATA / name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    if b"<feed" in content:
        *entries, end = content.split(b"</entry>")
        content = b"</entry>".join([*entries[:ENTRIES], end])
    if name in TABLES:
        content = b"".join(content.splitlines(keepends=True)[:ROWS])
    return content


def names(pattern: str) -> list[str]:
    return sorted(path.name for path in DATA.glob(pattern))


NEM = [name for name in names("Example_NEM1*.csv") if "month" not in name]
FEEDS, P1, MSCONS = names("*.xml.gz"), names("p1_*.txt"), names("MSCONS*.gz")
TABLES = [name for name in names("*.csv") if name not in names("Example_*")]
SEPARATORS = dict.fromkeys(MSCONS, b"'") | dict.fromkeys(FEEDS, b">")


def messages() -> bytes:
    """Two messages of a metering point each, short enough to be read often."""
    of = b"UNH+%d+MSCONS:D:04B:UN:2.4c'LOC+172+DE%d'LIN+1'PIA+5+1-1?:1.29.0:SRW'"
    text = b"UNA:+.? 'UNB+UNOC:3'"
    for number in (1, 2):
        message = of % (number, number)
        for hour in range(8):
            message += b"QTY+220:%d.5:KWH'STS+Z33++Z84'" % hour
            message += b"DTM+163:2024010%d%02d00?+00:303'" % (number, hour)
            message += b"DTM+164:2024010%d%02d00?+00:303'" % (number, hour + 1)
        text += message + b"UNT+%d+%d'" % (message.count(b"'") + 1, number)
    return text + b"UNZ+2'"


def content_of(name: str) -> bytes:
    return messages() if name in MSCONS else sample(name)


def read(content: bytes, options: Options = OPTIONS) -> list[Found] | None:
    """What is found in a file, which may be refused as a whole; a traceback is a failure."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            (source,) = sources(path)
            return list(format_of(source).read(source, options))
        except FileRefused as refusal:
            assert "\n" not in str(refusal)
            return None


def check(content: bytes) -> None:
    found = read(content)
    if found is None:
        return
    assert not list(unclear(found))
    outcome(found)
    ledger, log = Ledger(None), MemoryLog()
    try:
        tally = Importer(ledger, log, anywhere).take(found, "a", "a", Report())
        assert tally.closes
        assert len(log.records) == tally.sent + tally.revised
        assert not list(faults_of(log.readings))
        again = Importer(ledger, log, anywhere).take(found, "a", "a", Report())
        assert again.closes
        assert (again.sent, again.revised) == (0, 0)
    finally:
        ledger.close()


FORMATS = {"NEM": NEM, "ESPI": FEEDS, "P1": P1, "MSCONS": MSCONS, "table": TABLES}


@pytest.mark.parametrize("of", FORMATS.values(), ids=FORMATS)
@settings(max_examples=examples(MANY))
@given(data=st.data())
def test_whatever_happens_to_a_file_each_value_is_used_or_counted(
    of: list[str], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(of))
    content = content_of(name)
    check(data.draw(damaged(content, SEPARATORS.get(name, b"\n"))))


@pytest.mark.proof
@pytest.mark.parametrize("name", [*NEM, *FEEDS, *P1, *MSCONS, *TABLES])
@settings(max_examples=300)
@given(data=st.data())
def test_whatever_happens_to_any_of_the_files(name: str, data: st.DataObject) -> None:
    check(data.draw(damaged(content_of(name), SEPARATORS.get(name, b"\n"))))


@pytest.mark.proof
@pytest.mark.parametrize("name", [*names("*.gz"), "Example_NEM12_month_solar.csv"])
@settings(max_examples=20)
@given(data=st.data())
def test_whatever_happens_to_files_as_long_as_they_are(name: str, data: st.DataObject) -> None:
    content = (DATA / name).read_bytes()
    whole = gzip.decompress(content) if name.endswith(".gz") else content
    check(data.draw(damaged(whole, SEPARATORS.get(name, b"\n"))))


@pytest.mark.parametrize("name", ["Example_NEM12_powercor.csv.zip", "Gas.xml.gz"])
@settings(max_examples=examples(MANY))
@given(data=st.data())
def test_whatever_happens_to_what_is_packed(name: str, data: st.DataObject) -> None:
    content = data.draw(damaged((DATA / name).read_bytes(), b"PK"))
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            found = sources(path)
        except FileRefused as refusal:
            assert "\n" not in str(refusal)
            return
        for source in found:
            try:
                source.sha256()
                outcome(format_of(source).read(source, OPTIONS))
            except FileRefused as refusal:
                assert "\n" not in str(refusal)


VALUE = re.compile(rb"</timePeriod>\s*<value>([^<]*)<")
Values = dict[tuple[int, str, int, int], int]


def values(found: list[Found] | None) -> Values:
    """Amounts by line, meter, length and end."""
    assert found is not None
    return {
        (line, block.meter_id, block.interval_ms, end_ms): amount
        for block in found
        if isinstance(block, Block)
        for line, end_ms, amount in zip(
            block.lines.tolist(), block.ends_ms.tolist(), block.amounts.tolist(), strict=True
        )
    }


@cache
def whole(name: str) -> Values:
    """Of a sample to which nothing has happened."""
    return values(read(content_of(name)))


def but(known: Values, line: int) -> Values:
    return {key: amount for key, amount in known.items() if key[0] != line}


RUINED = st.one_of(
    st.sampled_from([b"", b'"', b"?", b"one", b"\xff", b"\0", b"999999999999999999999", b"-3"]),
    st.binary(max_size=12).map(lambda text: text.translate(None, b"\r\n,;")),
)
INSTANTS = ("octopus_download_dst.csv", "engie.csv", "dsmrreader_hour.csv")
"""Tables whose times say their offset, so that no row is told by those around it."""
A_ROW = re.compile(rb'(?!100|200|900)"?[0-9]')


@pytest.mark.parametrize("name", ["Example_NEM12_multiple_meters.csv", *INSTANTS])
@settings(max_examples=examples(MANY))
@given(data=st.data())
def test_a_line_that_is_ruined_harms_no_other(name: str, data: st.DataObject) -> None:
    lines = sample(name).split(b"\n")
    place = data.draw(st.sampled_from([n for n, line in enumerate(lines) if A_ROW.match(line)]))
    cells = lines[place].split(b",")
    # The first says what the line is, or when.
    ruined = data.draw(st.integers(1, len(cells) - 1))
    cells[ruined] = data.draw(RUINED)
    if data.draw(st.booleans()):
        del cells[ruined + 1 :]
    lines[place] = b",".join(cells)
    assert but(values(read(b"\n".join(lines))), place + 1) == but(whole(name), place + 1)


@settings(max_examples=examples(MANY))
@given(data=st.data())
def test_a_telegram_that_is_ruined_harms_no_other(data: st.DataObject) -> None:
    names = ("p1_telegram_v4_2.txt", "p1_telegram_v5.txt", "p1_telegram_fluvius_v171_alt.txt")
    telegrams = [sample(name) for name in names]
    ruined = data.draw(st.integers(0, 2))
    text = telegrams[ruined]
    place = data.draw(st.integers(1, text.rindex(b"!") - 1))
    byte = data.draw(st.sampled_from(b"0\xff(*.\0"))
    assume(text[place] != byte)
    with_it = list(telegrams)
    with_it[ruined] = text[:place] + bytes([byte]) + text[place + 1 :]
    rest = [each for n, each in enumerate(telegrams) if n != ruined]
    found = {key[1:]: amount for key, amount in values(read(b"".join(with_it))).items()}
    assert found == {key[1:]: amount for key, amount in values(read(b"".join(rest))).items()}


@settings(max_examples=examples(MANY))
@given(data=st.data())
def test_a_message_that_is_ruined_harms_no_other(data: st.DataObject) -> None:
    text = messages()
    begin, end = text.index(b"LOC+172+DE1"), text.index(b"UNT")
    ruined = text[:begin] + data.draw(damaged(text[begin:end], b"'")) + text[end:]
    second = {key[1:]: amount for key, amount in whole(MSCONS[0]).items() if key[1] == "DE2"}
    found = {key[1:]: amount for key, amount in values(read(ruined)).items()}
    assert len(second) == 8
    assert {key: found.get(key) for key in second} == second


@pytest.mark.parametrize("name", ["Gas.xml.gz", "hourlyForMonthMar.xml.gz"])
@settings(max_examples=examples(MANY))
@given(data=st.data())
def test_a_reading_that_is_ruined_harms_no_other(name: str, data: st.DataObject) -> None:
    text = sample(name)
    said = data.draw(st.sampled_from([b"", b"one", b"-1", b"1e30", b"NaN", b"&lt;"]))
    value = data.draw(st.sampled_from(list(VALUE.finditer(text))))
    ruined = values(read(text[: value.start(1)] + said + text[value.end(1) :]))
    assert len(whole(name)) == len(ruined) + 1
    assert {key: whole(name)[key] for key in ruined} == ruined


def parts_of(name: str) -> tuple[bytes, list[bytes], bytes]:
    """What of a file may stand in any order, with what is before and behind it."""
    text = content_of(name)
    if name in MSCONS:
        begin, end = text.index(b"UNH"), text.index(b"UNZ")
        return (
            text[:begin],
            [b"UNH" + each for each in text[begin:end].split(b"UNH")[1:]],
            text[end:],
        )
    if name in FEEDS:
        begin, end = text.index(b"<entry"), text.rindex(b"</entry>") + len(b"</entry>")
        entries = text[begin:end].split(b"</entry>")[:-1]
        return text[:begin], [each + b"</entry>" for each in entries], text[end:]
    lines = text.splitlines(keepends=True)
    if name in TABLES:
        return lines[0], [each.rstrip(b"\n") + b"\n" for each in lines[1:]], b""
    channels = text.split(b"\n200,")
    return (
        channels[0],
        [b"\n200," + each.removesuffix(b"\n900") for each in channels[1:]],
        b"\n900\n",
    )


@pytest.mark.parametrize(
    "name",
    [
        "Example_NEM12_multiple_meters.csv",
        *("15minLP_15Days.xml.gz", "Gas.xml.gz"),
        *MSCONS,
        *INSTANTS,
    ],
)
@settings(max_examples=examples(40))
@given(data=st.data())
def test_what_is_put_into_another_order_says_the_same(name: str, data: st.DataObject) -> None:
    before, parts, behind = parts_of(name)
    assert len(parts) > 1
    shuffled = before + b"".join(data.draw(st.permutations(parts))) + behind
    found = {key[1:]: amount for key, amount in values(read(shuffled)).items()}
    assert found == {key[1:]: amount for key, amount in whole(name).items()}
