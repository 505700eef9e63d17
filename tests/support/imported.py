"""Files through `wattstream import`, and what of them is in the log."""

import os
import subprocess
import sys
from pathlib import Path

import orjson

from adapters.kept_records import kept
from contracts.reading import ID_HEADER
from contracts.settings import PROJECT, Settings
from contracts.topics import readings

COMMAND = Path(sys.executable).with_name("wattstream")
THREE_YEARS = PROJECT / "tests" / "unit" / "exchange" / "data" / "nem12_meter01.csv.gz"
READINGS, ENERGY_MWH = 49_632, 9_756_118_000
PATIENCE_S = 900.0

Outcome = subprocess.CompletedProcess[str]


def shared(settings: Settings) -> Settings:
    """The broker stamps arrivals, as where several write."""
    return settings.model_copy(update={"readings_timestamp_type": "LogAppendTime"})


def command(settings: Settings, *arguments: object) -> list[str]:
    into = ("--geohash", "r1r0f", "-n", settings.namespace)
    return [str(COMMAND), "import", *map(str, arguments), *into]


def imported(settings: Settings, *arguments: object) -> Outcome:
    """What the command said; all of the files could be used."""
    outcome = subprocess.run(
        command(settings, *arguments),
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome


Said = dict[str, dict[str, object]]


def said(settings: Settings) -> Said:
    """What importers have put into the log, by id, each of which is there once."""
    found: Said = {}
    for message in kept(settings, readings(settings)):
        ids = [bytes(value or b"") for name, value in message.headers() or [] if name == ID_HEADER]
        if ids:
            name = ids[-1].decode()
            assert name.startswith("import/")
            assert name not in found
            found[name] = orjson.loads(message.value() or b"")
    return found
