"""What the documents name is there: links and paths, modules, settings with their defaults, topics,
reasons, columns, commands with their options, and targets of make.

Each kind is a function that finds problems in a document. A failure names document, line and what
is wrong with it. Decisions may speak of what was: of them only the links must hold.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import get_type_hints

import msgspec
import pytest
from typer.core import TyperGroup
from typer.main import get_group

from benchmarks.stages import STAGES
from chaos.faults import FAULTS
from contracts.alerts import Alert
from contracts.database import schema_files
from contracts.digest import Clock, Fleet, FleetMinute, RollUp, Total
from contracts.figures import FIGURE_NAMES
from contracts.history import COLUMNS
from contracts.live import GROUPS, LargeMeter, Largest, LiveGroup, LiveMeter
from contracts.meters import Meter
from contracts.reading import Reading
from contracts.rejects import REASONS
from contracts.settings import NOTIFY_PREFIX, PROJECT, Settings, host_and_port, names, variables
from contracts.time import DAY_MS, SECOND_MS
from contracts.topics import (
    FACTS_RETENTION_MS,
    HISTORY_RETENTION_MS,
    MAX_MESSAGE_BYTES,
    Topic,
    all_topics,
)
from infra.configuration import CLASSES
from tests.unit.test_layers import FLOORS
from wattstream.main import app

CONTRACT = PROJECT / "contracts" / "README.md"
PATHS = (
    PROJECT / "README.md",
    CONTRACT,
    *sorted((PROJECT / "docs").glob("*.md")),
    *sorted((PROJECT / "docs" / "decisions").glob("*.md")),
    PROJECT / "benchmarks" / "peers" / "README.md",
    PROJECT / "simulators" / "data" / "README.md",
)

LINK = re.compile(r"\]\(([^()\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
SUFFIXES = ("py", "java", "sql", "lua", "toml", "md", "json", "csv", "parquet", "txt", "zip")
SOURCES = (".py", ".java", ".sql", ".cql", ".lua", ".md")
"""Files of these kinds are ours even if only the name is given."""
OF_FLINK = {"lib/", "opt/"}
"""Folders of an installed Flink."""
OF_OTHERS = {"--help", "--jobmanager", "--fromSavepoint", "--add-exports", "--add-opens"}
"""Options of other programs."""
PEERS = PROJECT / "benchmarks" / "peers" / "README.md"
"""Its programs have options of their own."""


@dataclass(frozen=True)
class Line:
    """A line of a document."""

    number: int
    text: str
    fence: str | None
    """The language of the block of code that it is in, empty if there is none; None in prose."""

    @property
    def code(self) -> list[str]:
        """What is typed as code: parts of prose in backticks, or the whole line."""
        return CODE.findall(self.text) if self.fence is None else [self.text]


@dataclass(frozen=True)
class Document:
    """A document, line by line."""

    path: Path

    @property
    def lines(self) -> list[Line]:
        return _lines(self.path)

    @property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def may_speak_of_what_was(self) -> bool:
        return self.path.parent.name == "decisions"

    def section(self, heading: str) -> list[Line]:
        """The lines below a heading, up to the next one of any level."""
        begun = False
        found = []
        for line in self.lines:
            if line.fence is None and line.text.startswith("#"):
                begun = line.text.lstrip("# ") == heading
            elif begun:
                found.append(line)
        assert found, f"{self.path.relative_to(PROJECT)} has no heading {heading!r}"
        return found


Problem = tuple[Document, int, str]
"""A document, the number of a line, what is wrong there."""


@cache
def _lines(path: Path) -> list[Line]:
    lines, fence = [], None
    for number, text in enumerate(path.read_text().splitlines(), 1):
        if text.startswith("```"):
            fence = None if fence is not None else text[3:].strip()
        else:
            lines.append(Line(number, text, fence))
    return lines


DOCUMENTS = tuple(map(Document, PATHS))
OF_TODAY = tuple(each for each in DOCUMENTS if not each.may_speak_of_what_was)


@cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = (line.text for line in _lines(path) if line.fence is None)
    return frozenset(
        re.sub(r"[^\w\- ]", "", heading.lstrip("#").strip().lower()).replace(" ", "-")
        for heading in headings
        if heading.startswith("#")
    )


def links() -> Iterator[Problem]:
    for document in DOCUMENTS:
        for line in document.lines:
            for target in LINK.findall(line.text) if line.fence is None else ():
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, anchor = target.partition("#")
                path = (document.path.parent / name).resolve() if name else document.path
                if not path.exists():
                    yield document, line.number, f"links to {target}, which is not there"
                elif anchor and anchor not in anchors(path):
                    yield document, line.number, f"links to {target}: no heading makes that anchor"


@cache
def _names() -> frozenset[str]:
    """Names of all files and folders, folders with a slash."""
    return frozenset(
        path.name + "/" * path.is_dir()
        for root in (*FLOORS, "docs", "tests")
        for path in ((PROJECT / root), *(PROJECT / root).rglob("*"))
    )


def _paths_of(line: Line) -> Iterator[str]:
    for code in line.code:
        for word in re.split(r"[\s'\",;()=]+", code):
            path = word.rstrip(".:")
            if not re.fullmatch(r"[\w.*/-]+", path) or path.startswith((".local", "/", "-")):
                continue
            first, slash, _ = path.partition("/")
            if "YYYY" in path or "NNNN" in path:
                continue
            ours = slash and (first in FLOORS or first in ("docs", "tests"))
            folder = path.endswith("/") and line.fence is None and path not in OF_FLINK
            if ours or folder or (line.fence is None and path.endswith(SOURCES)):
                yield path


def paths() -> Iterator[Problem]:
    for document in OF_TODAY:
        for line in document.lines:
            for path in _paths_of(line):
                roots = (PROJECT, document.path.parent)
                if not (path in _names() or any(any(root.glob(path)) for root in roots)):
                    yield document, line.number, f"names {path}, which is not there"


def _is_there(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if part not in {*dir(found), *getattr(found, "__annotations__", ())}:
                return False
            found = getattr(found, part, None)
        return True
    return False


def modules() -> Iterator[Problem]:
    dotted = re.compile(rf"(?<![\w./:-])(?:{'|'.join(FLOORS)})(?:\.\w+)+(?![\w/-])")
    of_postgresql = {
        name
        for file in schema_files()
        for name in re.findall(r"current_setting\('([\w.]+)'", file.text)
    }
    for document in OF_TODAY:
        for line in document.lines:
            for code in line.code:
                for name in dotted.findall(code):
                    is_file = name.rpartition(".")[2] in SUFFIXES
                    if not (is_file or name in of_postgresql or _is_there(name)):
                        yield document, line.number, f"names {name}, which is no module's"


VARIABLES = frozenset[str]().union(*map(names, CLASSES))
"""The environment variables of all settings."""
DEFAULTS = {
    name: text
    for part in CLASSES
    for name, text in variables(part.model_construct(), VARIABLES).items()
}
"""What each setting is if nothing is said, as the environment would have it."""


def settings() -> Iterator[Problem]:
    for document in OF_TODAY:
        for line in document.lines:
            for name, more in re.findall(r"\b(WATTSTREAM_[A-Z0-9_]*[A-Z0-9_])(…?)", line.text):
                if more and any(each.startswith(name) for each in VARIABLES):
                    continue
                # What begins so a person names.
                if name not in VARIABLES and not name.startswith(NOTIFY_PREFIX):
                    yield document, line.number, f"names {name}, which no setting has"


ON_TIME_S = float(DEFAULTS["WATTSTREAM_ON_TIME_MS"]) / SECOND_MS
SLACK_S = float(DEFAULTS["WATTSTREAM_SLACK_MS"]) / SECOND_MS
SKEW_S = float(DEFAULTS["WATTSTREAM_CLOCK_SKEW_MS"]) / SECOND_MS

CLAIMS: Mapping[str, float] = {
    r"slack \(([\d.]+) s\)": SLACK_S,
    r"slack of ([\d.]+) s": SLACK_S,
    r"ON_TIME` \(([\d.]+) s by default": ON_TIME_S,
    r"on-time bound of ([\d.]+) s": ON_TIME_S,
    r"default, a bound of ([\d.]+) s": ON_TIME_S,
    r"lateness above ([\d.]+) s": ON_TIME_S - SLACK_S,
    r"ahead of the arrival by more than ([\d.]+) s": SKEW_S,
    r"`CLOCK_SKEW` \(([\d.]+) s\)": SKEW_S,
    r"WATTSTREAM_QUIET_S`, ([\d.]+) s": float(DEFAULTS["WATTSTREAM_QUIET_S"]),
    r"\*\*slice\*\*: ([\d.]+) s of": float(DEFAULTS["WATTSTREAM_SLICE_MS"]) / SECOND_MS,
    r"WATTSTREAM_READINGS_PARTITIONS`, (\d+) if": float(DEFAULTS["WATTSTREAM_READINGS_PARTITIONS"]),
    r"local Flink(?:'s| has) (\d+) slots": float(DEFAULTS["WATTSTREAM_STACK_FLINK_SLOTS"]),
    r"redis-cli -p (\d+)": host_and_port(DEFAULTS["WATTSTREAM_REDIS_URL"])[1] or 0,
    r"cqlsh 127\.0\.0\.1 (\d+)": float(DEFAULTS["WATTSTREAM_CASSANDRA_PORT"]),
    r"may have up to (\d+) MiB": MAX_MESSAGE_BYTES / 2**20,
    r"`too_large` \(more than (\d+) MiB": MAX_MESSAGE_BYTES / 2**20,
}
"""How documents tell a default, and what it is."""


def defaults() -> Iterator[Problem]:
    for pattern, value in CLAIMS.items():
        found = [
            (document, line.number, told)
            for document in OF_TODAY
            for line in document.lines
            for told in re.finditer(pattern, line.text)
        ]
        assert found, f"no document says {pattern} any more: take it out here"
        for document, number, told in found:
            if float(told[1]) != pytest.approx(value):
                yield document, number, f"says {told[0]!r}, and the default is {value:g}"


def _retention(topic: Topic) -> str:
    if topic.config.get("cleanup.policy") == "compact":
        return "compacted"
    retention_ms = int(topic.config["retention.ms"])
    assert retention_ms in (-1, HISTORY_RETENTION_MS, FACTS_RETENTION_MS)
    return "none by time" if retention_ms == -1 else f"{retention_ms // DAY_MS} days"


def topics() -> Iterator[Problem]:
    default = Settings.model_construct(namespace="x")
    known = {topic.name.removeprefix("x."): topic for topic in all_topics(default)}
    for document in OF_TODAY:
        for line in document.lines:
            for name in re.findall(r"<namespace>\.(\w+)", line.text):
                if name not in known:
                    yield document, line.number, f"names the topic {name}, which is none"
    contract = Document(CONTRACT)
    lines = contract.section("Topics")
    rows = re.compile(r"\| `<namespace>\.(\w+)` \|.*\| ([^|]+) \| `(\w+)` \| ([^|]+) \|")
    told = {row[1]: (line, row) for line in lines if (row := rows.fullmatch(line.text))}
    for name, topic in known.items():
        partitions, stamp = str(topic.partitions), topic.config["message.timestamp.type"]
        if name not in told:
            yield contract, lines[0].number, f"leaves out the topic {name}"
            continue
        line, row = told[name]
        said = (row[2].replace("as `readings`", partitions), row[3], row[4])
        if said != (partitions, stamp, _retention(topic)):
            wanted = f"{partitions} partitions, {stamp}, {_retention(topic)}"
            yield contract, line.number, f"the topic {name} has {wanted}"


def reasons() -> Iterator[Problem]:
    contract = Document(CONTRACT)
    (line,) = (each for each in contract.lines if "Reasons: " in each.text)
    told = CODE.findall(line.text.split("Reasons: ")[1])
    for reason in sorted(set(told) ^ set(REASONS)):
        missing = "leaves out" if reason in REASONS else "names"
        yield contract, line.number, f"{missing} the reason {reason}"
    for document in OF_TODAY:
        for each in document.lines:
            for reason in re.findall(r"reject(?:ed|s) as `(\w+)`", each.text):
                if reason not in REASONS:
                    yield document, each.number, f"names the reason {reason}, which is none"


def _compared(heading: str, pattern: str, known: Iterable[str], what: str) -> Iterator[Problem]:
    """Names that a section of the contract tells by a pattern, against those that there are."""
    contract = Document(CONTRACT)
    told = [
        (line.number, name)
        for line in contract.section(heading)
        for name in re.findall(pattern, line.text)
    ]
    assert told, f"the contract's {heading!r} has nothing like {pattern}"
    names = [name for _, name in told]
    for number, name in told:
        if name not in known:
            yield contract, number, f"names the {what} {name}, which is none"
    for name in known:
        if name not in names:
            yield contract, told[0][0], f"leaves out the {what} {name}"


def columns() -> Iterator[Problem]:
    reading = ["v", *(field.name for field in fields(Reading))]
    yield from _compared("A reading", r"^\| `(\w+)` \|", reading, "field")
    yield from _compared(
        "Topics", r'"(\w+)":', [*get_type_hints(Meter), "heartbeat", "closing"], "field"
    )
    yield from _compared("History in Cassandra", r"^\| `(\w+)` \|", COLUMNS, "table")
    yield from _live_columns()
    yield from _digest_fields()
    yield from _alert_fields()
    contract = Document(CONTRACT)
    merge = contract.section("Figures of a minute")
    for name in FIGURE_NAMES:
        if not any(f"`{name}`" in line.text for line in merge):
            yield contract, merge[0].number, f"does not say how the figure {name} is merged"
    for document in DOCUMENTS:
        for line in document.lines:
            for name in re.findall(r"\bfigures\.(\w+)", line.text):
                if name not in FIGURE_NAMES and name not in ("py", "FIGURES"):
                    yield document, line.number, f"names the figure {name}, which is none"
    yield from _queries()


def _live_columns() -> Iterator[Problem]:
    known = {"live": _fields(LiveMeter)}
    known |= {f"{group}s": _fields(LiveGroup) for group in GROUPS}
    known |= {"largest": _fields(Largest)}
    contract = Document(CONTRACT)
    rows = re.compile(r"^\| `<namespace>:(\w+):<commodity>(?::<area>)?` \|.* JSON: (.*) \|$")
    told = [(line, rows.match(line.text)) for line in contract.section("Live state in Redis")]
    found = {row[1]: (line, tuple(CODE.findall(row[2]))) for line, row in told if row}
    assert found.keys() == known.keys()
    for key, (line, told_names) in found.items():
        if told_names != known[key]:
            yield contract, line.number, f"a value of {key} has {', '.join(known[key])}"
    names = set(_fields(LargeMeter)).union(*known.values())
    for document in OF_TODAY:
        for line in document.lines:
            if line.fence == "" and document.path != CONTRACT:
                for name in re.findall(r'"(\w+)":', line.text):
                    if name not in names:
                        yield document, line.number, f"no value of live state has {name}"


def _digest_fields() -> Iterator[Problem]:
    contract = Document(CONTRACT)
    structs = {
        "clock": Clock,
        "fleet": Fleet,
        "fleet_minutes": FleetMinute,
        "rollup": RollUp,
        "top": Largest,
        "totals": Total,
    }
    known = {key: struct.__struct_fields__ for key, struct in structs.items()}
    rows = re.compile(r"^\| `<namespace>:(\w+)[^|]*\|.* JSON: (.*) \|$")
    told = [(line, rows.match(line.text)) for line in contract.section("The digest in Redis")]
    found = {row[1]: (line, tuple(CODE.findall(row[2]))) for line, row in told if row}
    assert found.keys() == known.keys()
    for key, (line, told_names) in found.items():
        if told_names != known[key]:
            yield contract, line.number, f"a value of {key} has {', '.join(known[key])}"


def _alert_fields() -> Iterator[Problem]:
    contract = Document(CONTRACT)
    section = contract.section("Alerts")
    rows = [row for line in section if (row := re.match(r"\| (`\w+`(?:, `\w+`)*) \|", line.text))]
    told = [name for row in rows for name in CODE.findall(row[1])]
    if set(told) != set(_fields(Alert)):
        yield contract, section[0].number, f"the fields of an alert are {', '.join(_fields(Alert))}"


def _fields(struct: type[msgspec.Struct]) -> tuple[str, ...]:
    return struct.__struct_fields__


def _queries() -> Iterator[Problem]:
    """Columns and tables of every query in a block of SQL."""
    query = re.compile(r"SELECT\s+(.+?)\s+FROM\s+\w+\.(\w+)\s+WHERE\s+(.+?);", re.DOTALL)
    for document in OF_TODAY:
        lines = [line for line in document.lines if line.fence == "sql"]
        text = "\n".join(line.text for line in lines)
        for found in query.finditer(text):
            line = lines[text[: found.start()].count("\n")]
            chosen, table, condition = found.groups()
            if table not in COLUMNS:
                yield document, line.number, f"asks the table {table}, which is none"
                continue
            known = {*COLUMNS[table], *(f"figures.{name}" for name in FIGURE_NAMES)}
            used = [*re.split(r",\s*", chosen), *re.findall(r"(\w+) =", condition)]
            for name in used:
                if name not in known:
                    yield document, line.number, f"asks {table} for {name}, which it has not"


def _commands_of(group: TyperGroup, *before: str) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    for name, command in group.commands.items():
        alone = not isinstance(command, TyperGroup) or command.invoke_without_command
        if isinstance(command, TyperGroup):
            yield from _commands_of(command, *before, name)
        if alone:
            options = (option for each in command.params for option in each.opts)
            others = (option for each in command.params for option in each.secondary_opts)
            yield (*before, name), {*options, *others, "--help"}


COMMANDS = dict(_commands_of(get_group(app)))
"""Options of each command, by the words after `wattstream`."""
FIRST_WORDS = {words[0] for words in COMMANDS}
ALL_OPTIONS = set[str]().union(*COMMANDS.values(), OF_OTHERS)

VALUES: Mapping[str, set[str]] = {
    "--fault": {fault.name for fault in FAULTS},
    "--stage": set(STAGES),
    "--scenario": {path.stem for path in (PROJECT / "simulators" / "scenarios").glob("*.toml")},
}
"""What may be given to these options."""


def _wrong_with(words: Sequence[str]) -> Iterator[str]:
    """What is wrong with the words of a command line after `wattstream`."""
    if not words or words[0] == "…" or (words[0] in FIRST_WORDS and len(words) == 1):
        return
    names = [each for each in COMMANDS if tuple(words[: len(each)]) == each]
    if not names:
        yield f"there is no command `wattstream {' '.join(words[:2])}`"
        return
    # A command may be a group of others besides.
    name = max(names, key=len)
    rest = [*words[len(name) :], ""]
    for word, value in pairwise(rest):
        option, _, given = word.partition("=")
        if option.startswith("--") and option not in COMMANDS[name]:
            yield f"`wattstream {' '.join(name)}` has no option {option}"
        elif option in VALUES and (given or value) not in VALUES[option]:
            yield f"{option} knows no {given or value}"


def _command_lines(document: Document) -> Iterator[tuple[int, str]]:
    """Lines of blocks, continued ones joined, and parts of prose."""
    joined, begun = "", 0
    for line in document.lines:
        if line.fence is None:
            yield from ((line.number, code) for code in line.code)
        elif line.text.endswith("\\"):
            joined, begun = joined + line.text[:-1], begun or line.number
        else:
            yield begun or line.number, joined + line.text
            joined, begun = "", 0


def commands() -> Iterator[Problem]:
    for document in OF_TODAY:
        for number, code in _command_lines(document):
            for part in re.split(r"\s+#|&&|\||;", code):
                words = part.split()
                if (
                    words[:1]
                    and words[0] in FIRST_WORDS
                    and any(word.startswith("--") for word in words)
                ):
                    words.insert(0, "wattstream")
                if words[:1] == ["wattstream"]:
                    for wrong in _wrong_with(words[1:]):
                        yield document, number, wrong
                elif words and re.match(r"--\w", words[0]) and document.path != PEERS:
                    for word in words:
                        option = word.partition("=")[0]
                        if option.startswith("--") and option not in ALL_OPTIONS:
                            yield document, number, f"no command has an option {option}"


def faults() -> Iterator[Problem]:
    """Names of faults in the guarantees: of chaos, or of the builds that are broken on purpose."""
    document = Document(PROJECT / "docs" / "guarantees.md")
    tests = "".join(path.read_text() for path in (PROJECT / "tests" / "faults").glob("*.py"))
    for line in document.lines:
        for name in line.code:
            known = name in VALUES["--fault"] or f'"{name}"' in tests
            if re.fullmatch(r"[a-z]+(-[a-z]+)+", name) and not known:
                yield document, line.number, f"names the fault {name}, which is none"


def targets() -> Iterator[Problem]:
    known = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    for document in OF_TODAY:
        for number, code in _command_lines(document):
            for target in re.findall(r"(?:^|&& )make ([a-z]+)", code):
                if target not in known:
                    yield document, number, f"make has no target {target}"


KINDS: tuple[Callable[[], Iterator[Problem]], ...] = (
    *(links, paths, modules, settings, defaults, topics, reasons, columns),
    *(commands, faults, targets),
)


@pytest.mark.parametrize("find", KINDS, ids=lambda find: find.__name__)
def test_what_documents_name_is_there(find: Callable[[], Iterator[Problem]]) -> None:
    problems = [
        f"{document.path.relative_to(PROJECT)}:{number}: {wrong}"
        for document, number, wrong in find()
    ]
    assert not problems, "\n" + "\n".join(problems)


def test_every_document_of_the_folder_can_be_found_from_the_readme() -> None:
    readme = (PROJECT / "README.md").read_text()
    assert not [
        path.name for path in (PROJECT / "docs").glob("*.md") if f"docs/{path.name}" not in readme
    ]
