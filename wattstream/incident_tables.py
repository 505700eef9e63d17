"""Incidents as people read them, in a terminal of 80 columns."""

from collections.abc import Iterable, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from contracts.alerts import Alert
from contracts.incidents import Incident
from wattstream.alert_tables import STYLES, clock_text, duration_text, sentence, utc_text

STORM_STYLE = "bold white on red"


def worth_telling(incidents: Iterable[Incident]) -> list[Incident]:
    """Those of several outages: an outage alone says all that there is to say. Open ones first, of
    these the latest first."""
    several = [each for each in incidents if len(each.outages) > 1]
    return sorted(
        several, key=lambda each: (each.closed_at_ms is not None, -each.onset_ms, each.id)
    )


def incident_lines(incidents: Iterable[Incident]) -> list[Text]:
    """A line or two of each that is open and worth telling."""
    return [
        Text.assemble("Incident in ", (_places(each), "bold"), ": ", _sentence(each))
        for each in worth_telling(incidents)
        if each.closed_at_ms is None
    ]


def incident_list(incidents: Iterable[Incident], now_ms: int) -> RenderableType:
    """Those that are worth telling, as they stand at this time."""
    told = worth_telling(incidents)
    closed = sum(each.closed_at_ms is not None for each in told)
    counts = f"{len(told) - closed:,} open, {closed:,} closed in the last day"
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column("severity", no_wrap=True)
    table.add_column("length", no_wrap=True, justify="right")
    table.add_column("incident", overflow="fold", ratio=1)
    for each in told:
        table.add_row(
            _severity(each),
            duration_text((each.closed_at_ms or now_ms) - each.onset_ms),
            Text.assemble((each.id, "bold"), f"\n{_places(each)}: ", _sentence(each)),
        )
    return Group(Text(f"{counts}, as of {utc_text(now_ms)} UTC"), Text(), table)


def incident_story(incident: Incident, outages: Mapping[str, Alert]) -> RenderableType:
    """An incident with its feeders.

    Args:
        outages: The newest version of each of its outages, by id.
    """
    facts = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, text in _facts(incident):
        facts.add_row(name, text)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column("began", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("outage", overflow="fold", ratio=1)
    for each in (outages[an_id] for an_id in incident.outages):
        table.add_row(
            clock_text(each.onset_ms),
            each.state,
            Text.assemble((each.id, "bold"), "\n", sentence(each)),
        )
    heading = Text.assemble(_severity(incident), " ", (incident.id, "bold"))
    return Group(heading, facts, Text(), table)


def _sentence(incident: Incident) -> Text:
    """What is the matter, in a line or two, and whether it is a storm."""
    feeders = "1 feeder" if len(incident.feeders) == 1 else f"{len(incident.feeders):,} feeders"
    said = Text(
        f"{feeders}, {incident.outages_open:,} of {len(incident.outages):,} outages open, "
        f"{incident.homes_out:,} of {incident.homes_count:,} homes out"
    )
    if incident.storm is not None:
        since = f"storm since {clock_text(incident.storm.begin_ms)}"
        said.append(", ").append(since, STORM_STYLE)
    return said


def _facts(incident: Incident) -> Iterable[tuple[str, str]]:
    """How an incident stands, by name."""
    last = duration_text(incident.last_onset_ms - incident.onset_ms)
    yield "where", f"geohash {_places(incident)}"
    yield "began", f"{utc_text(incident.onset_ms)} UTC, its last outage {last} later"
    if incident.closed_at_ms is not None:
        length = duration_text(incident.closed_at_ms - incident.onset_ms)
        yield "closed", f"{utc_text(incident.closed_at_ms)} UTC, {length} after it began"
    yield "outages", f"{len(incident.outages):,}, of them {incident.outages_open:,} open"
    yield "feeders", f"{len(incident.feeders):,}"
    yield "homes", f"{incident.homes_count:,}, of them {incident.homes_out:,} out"
    for storm in incident.storms:
        end = "now" if storm.end_ms is None else clock_text(storm.end_ms)
        yield "storm", f"{clock_text(storm.begin_ms)} to {end}"


def _severity(incident: Incident) -> Text:
    return Text(incident.severity, style=STYLES[incident.severity])


def _places(incident: Incident) -> str:
    return ", ".join(incident.geohashes)
