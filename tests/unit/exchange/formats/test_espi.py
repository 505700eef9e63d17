import gzip
import re
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import FileRefused
from exchange.formats.espi import is_espi, read
from exchange.formats.espi_links import readings_begun
from exchange.formats.options import NONE, Options
from exchange.opening import Source
from exchange.recognising import format_of
from tests.unit.exchange.damage import unclear
from tests.unit.exchange.files import DATA, Outcome, outcome

YEAR = "Coastal_Single_Family_Jan_1_2011_to_Jan_1_2012"
HOME = "9b6c7063:01"
HOUR_MS = 3_600_000


def file(name: str, options: Options = NONE) -> Outcome:
    return outcome(read(Source(DATA / f"{name}.xml.gz"), options))


FEED = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">
<entry><link rel="self" href="https://host/espi/1_1/resource/{point}"/>
<content><UsagePoint xmlns="http://naesb.org/espi"><ServiceCategory><kind>{service}</kind>
</ServiceCategory></UsagePoint></content></entry>
<entry><link rel="self" href="{point}/MeterReading/1"/><link rel="related" href="ReadingType/1"/>
<content><MeterReading xmlns="http://naesb.org/espi"/></content></entry>
<entry><link rel="up" href="/espi/{point}/MeterReading/1/IntervalBlock"/>
<content><IntervalBlock xmlns="http://naesb.org/espi">{readings}</IntervalBlock></content></entry>
<entry><link rel="self" href="ReadingType/1"/><content><ReadingType xmlns="http://naesb.org/espi">
<accumulationBehaviour>{behaviour}</accumulationBehaviour><flowDirection>{flow}</flowDirection>
<powerOfTenMultiplier>{power}</powerOfTenMultiplier><uom>{uom}</uom>
</ReadingType></content></entry></feed>"""


def reading(start: object, length: object, value: object, quality: object = None) -> str:
    judged = f"<ReadingQuality><quality>{quality}</quality></ReadingQuality>"
    return (
        f"<IntervalReading>{judged if quality is not None else ''}<timePeriod>"
        f"<duration>{length}</duration><start>{start}</start></timePeriod>"
        f"<value>{value}</value></IntervalReading>"
    )


def feed(folder: Path, *readings: str, options: Options = NONE, **said: object) -> Outcome:
    usual: dict[str, object] = {
        "point": "RetailCustomer/7/UsagePoint/2",
        "service": 0,
        "behaviour": 4,
        "flow": 1,
        "power": 0,
        "uom": 72,
    }
    path = folder / "feed.xml"
    path.write_text(FEED.format(**usual | said, readings="".join(readings)))
    return outcome(read(Source(path), options))


def test_quarters_of_hours_in_fifteen_blocks() -> None:
    found = file("15minLP_15Days")
    ends, amounts = found.ends(HOME), found.amounts(HOME)
    assert (len(ends), ends[0], ends[-1]) == (1_340, 1_330_578_900_000, 1_331_784_000_000)
    assert (ends[0] // 900_000, ends[-1] // 900_000) == (1_478_421, 1_479_760)
    assert amounts[0] == 324_000
    assert amounts[0] * HOUR_MS // 900_000 == 1_296_000
    assert amounts.sum() == 1_397_734_000


def test_a_month_that_lacks_an_hour() -> None:
    found = file("hourlyForMonthMar")
    ends = found.ends(HOME)
    assert (len(ends), ends[0], ends[-1]) == (743, 1_298_959_200_000, 1_301_630_400_000)
    assert (ends[0] // HOUR_MS, ends[-1] // HOUR_MS) == (360_822, 361_564)
    assert found.amounts(HOME).sum() == 2_278_213_000


def test_a_year_with_what_clocks_did_to_it() -> None:
    found = file(YEAR)
    assert found.tally.values == 8_760
    assert found.tally.blocks == 8_757
    assert found.amounts(HOME).sum() == 6_561_087_000
    assert sorted(reason for _, reason, _ in found.unusable) == [
        "conflict",
        "conflict",
        "zero_length",
    ]
    (long,) = [block for block in found.blocks if block.interval_ms == 2 * HOUR_MS]
    assert long.amounts.tolist() == [461_000]
    # They are what the file has beside what is used.
    text = gzip.decompress((DATA / f"{YEAR}.xml.gz").read_bytes()).decode()
    value = re.compile(r"<IntervalReading>.*?<value>(\d+)</value>", re.DOTALL)
    assert sum(map(int, value.findall(text))) == 6_562_977
    lines = text.splitlines()
    left_wh = [
        int(value.findall("".join(lines[line - 1 : line + 10]))[0]) for line, _, _ in found.unusable
    ]
    assert sorted(left_wh) == [462, 707, 721]
    assert sum(left_wh) + 6_561_087 == 6_562_977


def test_therms_need_a_calorific_value() -> None:
    found = file("Gas")
    assert found.tally.unusable == {"unit_needs_conversion": 13}
    # 38 MJ per m3: litres = therms * 29.3071 kWh * 3.6 MJ / 38 MJ * 1000.
    converted = file("Gas", Options(calorific_mj_per_m3=Decimal(38)))
    litres = sum(int(block.amounts.sum()) for block in converted.blocks) / 1000
    assert litres == pytest.approx(1_074.821 * 29.3071 * 3.6 / 38 * 1000, abs=0.01)
    assert {block.commodity for block in converted.blocks} == {"gas"}


def test_thousands_of_gallons() -> None:
    found = file("Water")
    assert found.tally.blocks == 2
    assert sum(int(block.amounts.sum()) for block in found.blocks) == 113_055_108_341
    assert {block.commodity for block in found.blocks} == {"water"}


def test_links_are_followed_forwards_and_backwards(tmp_path: Path) -> None:
    found = feed(tmp_path, reading(3600, 1800, 5), reading(5400, 1800, 6))
    assert found.ends("7:2").tolist() == [5_400_000, 7_200_000]
    assert found.amounts("7:2").tolist() == [5_000, 6_000]


def test_what_flows_back_is_another_meter(tmp_path: Path) -> None:
    found = feed(tmp_path, reading(3600, 1800, 5), flow=19)
    assert [block.meter_id for block in found.blocks] == ["7:2:export"]


def test_powers_are_means(tmp_path: Path) -> None:
    found = feed(tmp_path, reading(3600, 1800, 500), uom=38)
    assert found.amounts("7:2").tolist() == [250_000]


def test_registers_stand_at_a_time(tmp_path: Path) -> None:
    found = feed(tmp_path, reading(7200, 0, 12), reading(3600, 0, 10), behaviour=9, power=3)
    (block,) = found.blocks
    assert block.is_register
    assert block.ends_ms.tolist() == [3_600_000, 7_200_000]
    assert block.amounts.tolist() == [10_000_000, 12_000_000]


def entry(links: str, content: str) -> str:
    return f'<entry>{links}<content xmlns="http://naesb.org/espi">{content}</content></entry>'


def stream(name: str, readings: str, flow: int = 1, behaviour: int = 4, uom: int = 72) -> str:
    """A meter reading of one usage point."""
    own, type_ = f"UsagePoint/2/MeterReading/{name}", f"ReadingType/{name}"
    return (
        entry(
            f'<link rel="self" href="{own}"/><link rel="related" href="{type_}"/>',
            "<MeterReading/>",
        )
        + entry(
            f'<link rel="up" href="{own}/IntervalBlock"/>',
            f"<IntervalBlock>{readings}</IntervalBlock>",
        )
        + entry(
            f'<link rel="self" href="{type_}"/>',
            f"<ReadingType><accumulationBehaviour>{behaviour}</accumulationBehaviour>"
            f"<commodity>1</commodity><flowDirection>{flow}</flowDirection>"
            f"<powerOfTenMultiplier>0</powerOfTenMultiplier><uom>{uom}</uom></ReadingType>",
        )
    )


STREAMS = (
    stream("days", reading(0, 86_400, 24)),
    stream("dials", reading(86_400, 0, 24), behaviour=9),
    stream("hours", "".join(reading(n * 3600, 3600, 1) for n in range(24))),
    stream("means", reading(0, 900, 4), uom=38),
    stream("back", reading(0, 86_400, 0), flow=19),
    stream("back-hours", reading(0, 3600, 0), flow=19),
)


@given(st.permutations(STREAMS))
def test_who_has_the_own_id_of_a_meter_is_the_same_in_each_order(
    tmp_path_factory: pytest.TempPathFactory, streams: list[str]
) -> None:
    """What is energy in the shortest intervals."""
    path = tmp_path_factory.mktemp("espi") / "feed.xml"
    path.write_text(f'<feed xmlns="http://www.w3.org/2005/Atom">{"".join(streams)}</feed>')
    found = outcome(read(Source(path)))
    assert {block.meter_id: block.interval_ms for block in found.blocks} == {
        "2": HOUR_MS,
        "2:days": 24 * HOUR_MS,
        "2:dials": 0,
        "2:means": HOUR_MS // 4,
        "2:export": HOUR_MS,
        "2:back:export": 24 * HOUR_MS,
    }


@pytest.mark.parametrize("away", ["Atom", "espi", "Atom or espi"])
def test_elements_may_be_of_no_namespace(tmp_path: Path, away: str) -> None:
    """But the name of the format stands somewhere."""
    path = tmp_path / "feed.xml"
    text = STREAMS[2]
    if "espi" in away:
        text = text.replace(' xmlns="http://naesb.org/espi"', "")
    own = "" if "Atom" in away else ' xmlns="http://www.w3.org/2005/Atom"'
    path.write_text(f"<feed{own}><title>http://naesb.org/espi</title>{text}</feed>")
    found = outcome(format_of(Source(path)).read(Source(path), NONE))
    assert found.amounts("2").tolist() == [1_000] * 24
    assert found.unusable == []


def test_qualities_keep_their_code(tmp_path: Path) -> None:
    found = feed(
        tmp_path,
        *(reading(n * 900, 900, 1, quality) for n, quality in enumerate([None, 0, 8, 17, 15, 99])),
    )
    assert found.marks() == {
        ("measured", None): 2,
        ("estimated", "8"): 1,
        ("measured", "17"): 1,
    }
    assert [reason for _, reason, _ in found.unusable] == ["quality_range", "quality_range"]


def test_epochs_that_are_local_times(tmp_path: Path) -> None:
    # 2011-11-06 in California: 01:00 is there twice.
    hours = [1_320_537_600 + 3600 * n for n in (0, 1, 1, 2)]
    options = Options(epoch_is_local=True, zone=ZoneInfo("America/Los_Angeles"))
    found = feed(tmp_path, *(reading(hour, 3600, 1) for hour in hours), options=options)
    first_ms = (1_320_537_600 + 7 * 3600) * 1000
    assert found.ends("7:2").tolist() == [first_ms + n * HOUR_MS for n in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (reading("now", 900, 1), "bad_time"),
        (reading(900, "", 1), "bad_time"),
        (reading(900, 900, "one"), "bad_number"),
        (reading(900, 900, -1), "negative"),
        (reading(900, 900, 10**13), "out_of_range"),
        (reading(900, 0, 1), "zero_length"),
        (reading(900, -900, 1), "zero_length"),
        (reading(-900, 900, 1), "too_old"),
        (reading(5 * 10**9, 900, 1), "out_of_range"),
        ("<IntervalReading/>", "bad_time"),
    ],
)
def test_a_reading_that_cannot_be_used_leaves_the_others(
    tmp_path: Path, bad: str, reason: str
) -> None:
    found = feed(tmp_path, reading(0, 900, 1), bad, reading(1800, 900, 2))
    assert [each for _, each, _ in found.unusable] == [reason]
    assert found.amounts("7:2").tolist() == [1_000, 2_000]


def test_other_units_are_not_imported(tmp_path: Path) -> None:
    assert feed(tmp_path, reading(0, 900, 1), uom=73).tally.not_imported == {"7:2 1 unit 73": 1}
    assert feed(tmp_path, reading(0, 900, 1), behaviour=12).tally.not_imported == {"7:2 1 Wh": 1}


def test_what_is_cut_is_used_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    whole = gzip.decompress((DATA / f"{YEAR}.xml.gz").read_bytes())
    path.write_bytes(whole[: len(whole) // 2])
    found = outcome(read(Source(path)))
    assert 3_000 < found.tally.blocks < 6_000
    _, reason, values = found.unusable[-1]
    assert reason == "record_cut"
    # What begins there and is in no whole block is counted, too.
    part = whole[: len(whole) // 2]
    assert found.tally.values == part.count(b"<IntervalReading>")
    assert values == part.rpartition(b"</IntervalBlock>")[2].count(b"<IntervalReading>") > 0


@pytest.mark.parametrize("size", [*range(1, 40), 300])
def test_where_a_piece_of_a_file_ends_changes_no_count(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "<e:IntervalReading>12</e:IntervalReading><IntervalReadings/><IntervalReading />"
    monkeypatch.setattr("exchange.formats.espi_links.PIECE", size)
    assert readings_begun(BytesIO((text * 9).encode())) == 18


BOMB = """<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>&b;</title><content>
<IntervalBlock xmlns="http://naesb.org/espi"><x>&b;</x></IntervalBlock></content></entry></feed>"""


def test_what_is_wrong_is_told_on_one_line(tmp_path: Path) -> None:
    """What XML's reader says of a sign that no XML has stands on two."""
    path = tmp_path / "broken.xml"
    text = gzip.decompress((DATA / "Gas.xml.gz").read_bytes())
    begin, behind, end = text.rpartition(b"</IntervalBlock>")
    path.write_bytes(begin + b"\0" + behind + end)
    found = outcome(read(Source(path)))
    assert [each for _, each, _ in found.unusable].count("record_cut") == 1
    assert not list(unclear(found.found))


def laughs(use: str) -> str:
    """Nine entities, each of which is ten times the one before it."""
    names = [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)]
    return f'<!DOCTYPE feed [<!ENTITY e0 "ha">{"".join(names)}]>{use}'


BOMBS = (
    BOMB,
    laughs("<feed><entry><title>&e9;</title></entry></feed>"),
    laughs('<feed><entry title="&e9;"/></feed>'),
    '<!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/passwd">]><feed><entry>&x;</entry></feed>',
    '<!DOCTYPE feed SYSTEM "http://192.0.2.1/feed.dtd"><feed><entry/></feed>',
    '<!DOCTYPE feed [<!ENTITY % x SYSTEM "http://192.0.2.1/x">%x;]><feed><entry/></feed>',
)


@pytest.mark.parametrize("text", [*BOMBS, "<feed", "<feed/>", "", "no XML at all"])
def test_entities_and_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(text)
    with pytest.raises(FileRefused, match=r"feed\.xml"):
        list(read(Source(path)))


def test_a_feed_may_be_in_utf_16(tmp_path: Path) -> None:
    text = gzip.decompress((DATA / "Water.xml.gz").read_bytes()).decode()
    path = tmp_path / "feed.xml"
    path.write_bytes(re.sub('encoding="[^"]+"', 'encoding="UTF-16"', text).encode("utf-16"))
    source = Source(path)
    found = outcome(format_of(source).read(source, NONE))
    assert sum(int(block.amounts.sum()) for block in found.blocks) == 113_055_108_341


def test_it_is_known_by_its_beginning() -> None:
    assert is_espi(gzip.decompress((DATA / "Gas.xml.gz").read_bytes())[:65_536])
    assert not is_espi(b"<html></html>")


NUMBERS = st.one_of(
    st.integers(-(10**14), 10**14), st.text(alphabet="0123456789.-eE_n ", max_size=6)
)


@given(st.lists(st.builds(reading, NUMBERS, NUMBERS, NUMBERS, NUMBERS), max_size=6))
def test_whatever_readings_say_no_value_is_lost(
    tmp_path_factory: pytest.TempPathFactory, readings: list[str]
) -> None:
    found = feed(tmp_path_factory.mktemp("espi"), *readings)
    assert found.tally.values == len(readings)
