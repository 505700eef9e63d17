"""Days of 23 and of 25 hours, in each format: an hour that is not there is nobody's, one that is
there twice is two, and the days around are whole."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from contracts.time import HOUR_MS, MINUTE_MS
from exchange.formats import mscons, nem12, p1, table
from exchange.formats.mapping import named
from exchange.formats.options import NONE, Options
from exchange.opening import Source
from tests.unit.exchange.files import DATA, Outcome, outcome
from tests.unit.exchange.formats import test_espi, test_mscons

SPRING, AUTUMN = datetime(2024, 3, 31), datetime(2024, 10, 27)
"""Of Europe."""
HOURS = {SPRING: 23, AUTUMN: 25}
BOTH = pytest.mark.parametrize("day", [SPRING, AUTUMN], ids=["spring", "autumn"])
HOME = Options(meter="home")


def instants(day: datetime, zone: str, step_min: int, days: int = 2) -> list[datetime]:
    """When the intervals of a day and those after it begin, in UTC."""
    begin, end = (each.replace(tzinfo=ZoneInfo(zone)) for each in (day, day + timedelta(days=days)))
    number = (end.astimezone(UTC) - begin.astimezone(UTC)) // timedelta(minutes=step_min)
    return [begin.astimezone(UTC) + n * timedelta(minutes=step_min) for n in range(number)]


def local(instant: datetime, zone: str, form: str) -> str:
    return instant.astimezone(ZoneInfo(zone)).strftime(form)


def assert_whole(found: Outcome, meter: str, begins: list[datetime], step_min: int) -> None:
    """Each interval is there, with the number of its place as its Wh."""
    assert found.unusable == []
    step_ms = step_min * MINUTE_MS
    assert found.ends(meter).tolist() == [
        round(each.timestamp()) * 1000 + step_ms for each in begins
    ]
    assert found.amounts(meter).tolist() == [n * 1000 for n in range(len(begins))]


def tabled(folder: Path, mapping: str, text: str, options: Options = NONE) -> Outcome:
    path = folder / "table.csv"
    path.write_text(text)
    return outcome(table.read(Source(path), named(mapping), options))


@BOTH
def test_quarters_of_hours_whose_begin_and_end_are_local(tmp_path: Path, day: datetime) -> None:
    """92 and 100 of them a day."""
    zone, form = "Europe/Brussels", "%d-%m-%Y;%H:%M:%S"
    begins = instants(day, zone, 15)
    assert len(begins) == (HOURS[day] + 24) * 4
    rows = [
        f"{local(each, zone, form)};{local(each + timedelta(minutes=15), zone, form)};"
        f'="54";M;D;Afname Dag;0,{n:03};kWh;Gevalideerd'
        for n, each in enumerate(begins)
    ]
    head = (DATA / "fluvius_kwartier.csv").read_text("utf-8-sig").splitlines()[0]
    assert_whole(tabled(tmp_path, "fluvius", "\n".join([head, *rows])), "54", begins, 15)
    back = "\n".join([head, *reversed(rows)])
    assert_whole(tabled(tmp_path, "fluvius", back), "54", begins, 15)


@BOTH
def test_hours_that_are_numbered(tmp_path: Path, day: datetime) -> None:
    rows = ["CUPS;Fecha;Hora;Consumo_kWh;Metodo_obtencion"]
    begins = instants(day, "Europe/Madrid", 60)
    for n in range(len(begins)):
        after, hour = divmod(n - HOURS[day], 24) if n >= HOURS[day] else (-1, n)
        date = day + timedelta(days=after + 1)
        rows.append(f"ES1;{date:%Y/%m/%d};{hour + 1:02}:00;0,{n:03};R")
    assert_whole(tabled(tmp_path, "datadis", "\n".join(rows)), "ES1", begins, 60)
    # One more than the day has is not the next day's first.
    rows.append(f"ES1;{day:%Y/%m/%d};{HOURS[day] + 1}:00;9,999;R")
    found = tabled(tmp_path, "datadis", "\n".join(rows))
    reason = "no_such_time" if day == SPRING else "bad_time"
    assert found.unusable == [(len(rows), reason, 1)]
    assert len(found.ends("ES1")) == len(begins)


@BOTH
def test_registers_at_local_times(tmp_path: Path, day: datetime) -> None:
    begins = instants(day, "Europe/Amsterdam", 60)
    rows = [
        f"{local(each, 'Europe/Amsterdam', '%Y-%m-%d %H:%M')},{n}.000,0,0,0"
        for n, each in enumerate(begins)
    ]
    head = "time,Import T1 kWh,Import T2 kWh,Export T1 kWh,Export T2 kWh"
    found = tabled(tmp_path, "homewizard", "\n".join([head, *rows]), HOME)
    assert found.unusable == []
    (block,) = found.of("home")
    assert [(b - a) for a, b in pairwise(block.ends_ms.tolist())] == [HOUR_MS] * (len(begins) - 1)
    assert block.amounts.tolist() == [n * 1_000_000 for n in range(len(begins))]


@BOTH
def test_quarters_of_hours_with_their_offset(day: datetime) -> None:
    zone = "Europe/Berlin"
    begins = instants(day, zone, 15)

    def said(instant: datetime) -> str:
        text = local(instant, zone, "%Y%m%d%H%M%z")
        return text[:-2].replace("+", "?+")

    text = test_mscons.HEAD
    for n, each in enumerate(begins):
        end = said(each + timedelta(minutes=15))
        text += f"QTY+220:{n}:WHR'DTM+163:{said(each)}:303'DTM+164:{end}:303'"
    whole = f"{text}UNT+{text.count(chr(39)) + 1}+1'"
    found = outcome(mscons.read(BytesIO(whole.encode())))
    assert_whole(found, "DE001", begins, 15)


def test_telegrams_say_summer_or_winter() -> None:
    text = (DATA / "p1_telegram_v5.txt").read_bytes()
    file = b""
    for stamp in (b"241027023000S", b"241027024500S", b"241027023000W", b"241027024500W"):
        telegram = text.replace(b"170102192002W", stamp)
        body = telegram[: telegram.index(b"!") + 1]
        file += body + b"%04X\r\n" % p1.crc16(body)
    found = outcome(p1.read(BytesIO(file)))
    (block,) = [
        each
        for each in found.blocks
        if each.voltages is not None
        and "export" not in each.meter_id
        and each.commodity == "electricity"
    ]
    first = round(datetime(2024, 10, 27, 0, 30, tzinfo=UTC).timestamp()) * 1000
    assert block.ends_ms.tolist() == [first + n * 15 * MINUTE_MS for n in (0, 1, 4, 5)]


@pytest.mark.parametrize("date", ["20241006", "20250406"])
def test_the_market_s_days_have_24_hours_whatever_clocks_do(date: str) -> None:
    days = "".join(
        f"300,{int(date) + n}," + ",".join(str(48 * n + each) for each in range(48)) + ",A,,,,\n"
        for n in range(2)
    )
    text = f"200,NCDE001111,E1,1,E1,N1,S1,Wh,30,\n{days}900\n"
    found = outcome(nem12.read(BytesIO(text.encode())))
    ends = found.ends("NCDE001111")
    assert np.diff(ends).tolist() == [HOUR_MS // 2] * 95
    assert found.amounts("NCDE001111").tolist() == [n * 1000 for n in range(96)]


def test_epochs_that_are_local_times_of_an_hour_that_is_not_there(tmp_path: Path) -> None:
    # 2011-03-13 in California: from 02:00 to 03:00 no clock showed anything.
    midnight = round(datetime(2011, 3, 13, tzinfo=UTC).timestamp())
    readings = [test_espi.reading(midnight + hour * 3600, 3600, hour) for hour in range(6)]
    options = Options(epoch_is_local=True, zone=ZoneInfo("America/Los_Angeles"))
    found = test_espi.feed(tmp_path, *readings, options=options)
    assert [reason for _, reason, _ in found.unusable] == ["no_such_time"]
    assert found.amounts("7:2").tolist() == [0, 1_000, 3_000, 4_000, 5_000]
    first_ms = (midnight + 8 * 3600) * 1000
    assert found.ends("7:2").tolist() == [first_ms + n * HOUR_MS for n in range(1, 6)]
