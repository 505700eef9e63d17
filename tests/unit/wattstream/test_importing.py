"""What people are told of files, and how the command ends."""

import re
import zipfile
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from contracts.settings import Settings
from exchange.errors import ExchangeError
from exchange.importing.importer import Place
from exchange.importing.ledger import Ledger
from exchange.values import Unusable
from tests.unit.exchange.files import DATA
from wattstream.commands import import_files
from wattstream.import_tables import problems
from wattstream.main import app


def run(*arguments: object, width: str = "80") -> tuple[int, str]:
    """Exit code and output of a check."""
    import_files.console.width = int(width)
    told = CliRunner().invoke(app, ["import", "--check", *map(str, arguments)])
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told.exit_code, told.output


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTSTREAM_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("WATTSTREAM_KAFKA_BOOTSTRAP", "127.0.0.1:1")


def numbers(output: str) -> list[int]:
    """What the lines of a summary begin with."""
    found = re.findall(r"^ *([\d,]+)  (?!300|400)[a-z]", output, re.MULTILINE)
    return [int(each.replace(",", "")) for each in found]


def test_a_file_of_which_all_can_be_used() -> None:
    code, output = run(DATA / "Example_NEM12_multiple_meters.csv")
    assert code == 0
    total, *parts = numbers(output)
    assert total == sum(parts) == 1_152
    assert "768  would be sent" in output
    assert all(len(line) <= 80 for line in output.splitlines()[1:])


def test_two_meters_of_a_file_stay_two() -> None:
    code, output = run(DATA / "MSCONS_TL_Multiple_LOC_SAMPLE.txt.gz")
    assert code == 0
    assert numbers(output) == [5_944, 5_944]


def test_what_cannot_be_used_is_told_with_its_line() -> None:
    code, output = run(DATA / "Example_NEM12_15min_200_30min_300.csv")
    assert code == 2
    assert "unusable: interval_count" in output
    assert re.search(r"3  300 +48  interval_count", output)
    assert all(len(line) <= 80 for line in output.splitlines()[1:])


def test_a_file_of_no_format_does_not_keep_others_from_being_read(tmp_path: Path) -> None:
    strange = tmp_path / "strange.txt"
    strange.write_text("nothing that anybody knows\n")
    code, output = run(strange, DATA / "Example_NEM12_no_scheduled_read.csv")
    assert code == 1
    assert "of no format that is known" in output.replace("\n", " ")
    assert "96  would be sent" in output


def test_each_member_of_an_archive_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "both.zip"
    names = ("Example_NEM12_powercor.csv", "p1_telegram_v4_2.txt")
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.write(DATA / name, name)
    code, output = run(path)
    assert code == 0
    assert all(name in output.replace("\n", "") for name in names)
    assert "48  would be revised" in output


def test_a_member_that_is_refused_does_not_keep_others_from_being_read(tmp_path: Path) -> None:
    path = tmp_path / "three.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("strange.txt", "nothing that anybody knows")
        archive.write(DATA / "Example_NEM12_powercor.csv.zip", "inner.zip")
        archive.write(DATA / "Example_NEM12_no_scheduled_read.csv", "readings.csv")
    code, output = run(path, width="400")
    assert code == 1
    assert "strange.txt: of no format" in output
    assert "inner.zip: an archive within an archive" in output
    assert "96  would be sent" in output


@pytest.mark.parametrize("name", ["[/red].csv", "[bold.csv", "\x1b[31m.csv", "%s{0}.csv"])
def test_whatever_a_file_is_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / name.replace("/", "_")
    path.write_bytes((DATA / "Example_NEM12_15min_200_30min_300.csv").read_bytes())
    code, output = run(path)
    assert code == 2
    assert "\x1b[31m" not in output
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(path, name * 20)
    assert run(packed)[0] == 2


def test_a_check_needs_no_meter_and_leaves_nothing(tmp_path: Path) -> None:
    code, output = run(DATA / "octopus_download_dst.csv")
    assert code == 0
    assert "(table, Octopus)" in " ".join(output.split())
    assert not (tmp_path / "data").exists()


def test_a_check_goes_on_beside_an_import(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "imports"
    folder.mkdir()
    monkeypatch.setattr(Settings, "imports_dir", folder)
    importing = Ledger(folder / "ledger.sqlite")
    importing.file_of("a", "a")
    code, output = run(DATA / "Example_NEM12_multiple_meters.csv")
    importing.close()
    assert code == 0
    assert "768  would be sent" in output


def test_a_check_asks_the_registry_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def registry(_: object) -> dict[str, Place]:
        return {"NMI111": Place("r1r0f", "electricity", kind="register")}

    path = DATA / "Example_NEM12_no_scheduled_read.csv"
    assert run(path)[0] == 0
    monkeypatch.setattr("exchange.importing.registry.registered_if_there", registry)
    code, output = run(path)
    assert code == 2
    assert "announce kind: interval" in " ".join(output.split())


def test_a_check_says_which_meters_the_registry_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    path = DATA / "Example_NEM12_no_scheduled_read.csv"
    code, output = run(path)
    assert code == 0
    assert "meters are not checked" in " ".join(output.split())

    monkeypatch.setattr("exchange.importing.registry.registered_if_there", lambda _: {})
    code, output = run(path)
    assert code == 2
    assert "the registry has no meter NMI111" in " ".join(output.split())
    assert run("--geohash", "r1r0f", path)[0] == 0
    assert run(DATA / "octopus_download_dst.csv")[0] == 0


@pytest.mark.parametrize("path", sorted(DATA.glob("*.*")), ids=lambda path: path.name)
def test_sums_close_for_every_sample(path: Path) -> None:
    if path.suffix == ".md":
        return
    zone = ["--zone", "America/Los_Angeles"] if path.name == "enphase.csv" else []
    code, output = run(*zone, path)
    if path.name in ("Example_NEM12_empty.csv",):
        assert "0  values in the file" in output
        return
    assert code in (0, 2), output
    total, *parts = numbers(output)
    assert total == sum(parts) > 0


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--meter", "a", "--meter", "b"], "only one"),
        (["--zone", "Europe/Nowhere"], "--zone Europe/Nowhere"),
        (["--zone", "+x"], "--zone"),
        (["--zone", "+08:75"], r"--zone \+08:75"),
        (["--zone", "+14:30"], r"--zone \+14:30"),
        (["--unit", "GJ"], "--unit GJ"),
        (["--calorific", "0"], "--calorific 0"),
        (["--epoch-is-local"], "--zone"),
        (["--mapping", "nobody"], "no such mapping"),
    ],
)
def test_what_no_reader_can_take_is_refused(arguments: list[str], what: str) -> None:
    with pytest.raises(ExchangeError, match=what):
        run(*arguments, DATA / "ameren.csv")


def test_a_zone_may_be_an_offset() -> None:
    assert run("--zone", "+08:00", DATA / "Example_NEM12_no_scheduled_read.csv")[0] == 0
    assert run("--zone", "-0330", DATA / "enphase.csv")[0] == 0


LOCAL = ("--epoch-is-local", "--zone", "America/Los_Angeles")


@pytest.mark.parametrize(
    ("name", "told", "unused"),
    [
        (
            "Example_NEM12_no_scheduled_read.csv",
            ("--zone", "Australia/Perth"),
            "--zone with the name of a place, only for --net, --zone with an offset",
        ),
        ("Example_NEM12_no_scheduled_read.csv", ("--unit", "kWh"), "--unit"),
        ("Example_NEM13_consumption_data.csv", ("--calorific", "38"), "--calorific"),
        ("p1_telegram_v5.txt", ("--net",), "--net"),
        ("p1_telegram_v5.txt", ("--zone", "+01:00"), "--zone"),
        ("MSCONS_TL_Multiple_LOC_SAMPLE.txt.gz", ("--zone", "Europe/Berlin"), "--zone"),
        ("MSCONS_TL_Multiple_LOC_SAMPLE.txt.gz", LOCAL, "--epoch-is-local"),
        ("Gas.xml.gz", ("--zone", "America/Los_Angeles"), "--zone"),
        ("Gas.xml.gz", ("--unit", "kWh"), "--unit"),
        ("ameren.csv", ("--zone", "America/New_York"), "--zone"),
        ("enphase.csv", LOCAL, "--epoch-is-local"),
        ("enphase.csv", ("--zone", "+02:00", "--calorific", "38"), "--calorific"),
    ],
)
def test_what_is_told_is_used_or_refused(name: str, told: tuple[str, ...], unused: str) -> None:
    code, output = run(*told, DATA / name)
    assert code == 1
    assert re.search(rf"refused: .*{name}: .*has no use for {unused}[ ,]", " ".join(output.split()))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Example_NEM12_no_scheduled_read.csv", ("--zone", "+08:00", "--net")),
        ("MSCONS_TL_Multiple_LOC_SAMPLE.txt.gz", ("--unit", "kWh", "--net")),
        ("hourlyForMonthMar.xml.gz", (*LOCAL, "--net", "--calorific", "38")),
        ("octopus_download_dst.csv", ("--zone", "Europe/London", "--net")),
        ("dsmrreader_hour.csv", ("--calorific", "38")),
    ],
)
def test_what_a_format_has_a_use_for_may_be_told(name: str, told: tuple[str, ...]) -> None:
    assert "refused" not in run(*told, DATA / name)[1]


def test_only_the_first_problems_are_shown() -> None:
    console = Console(width=80, record=True)
    first = [Unusable(n, "300", "negative", "below zero", 1) for n in range(1, 21)]
    console.print(problems(first, 1_234))
    assert "... and 1,214 more" in console.export_text()
