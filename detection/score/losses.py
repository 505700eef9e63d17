"""Alerts of the kind `feeder_loss`: what there was to be told, and what they are right about.

A piece is a feeder and a span in which somebody behind it takes what no meter counts. How much that
is of what goes into the feeder is not known from labels: it is taken for what it would be if all
its homes used the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from contracts.alerts import Alert
from contracts.facts import DAY_WAIT_MS
from contracts.time import DAY_MS
from detection.score.figures import Share
from detection.score.fleet import Fleet
from detection.score.pieces import Piece, Truth
from detection.score.verdicts import Claim, Outcome, judge

THEFTS = ("theft_bypass", "theft_tamper")
"""Labels of what is missing in the balance of a feeder."""
LEARNED_DAYS = 21
"""What a feeder loses is learned from so many days: what began before is a part of it."""
LASTING_DAYS = 7
"""How long a theft must last to be there to be found, as far as days were told before the end."""
TOLD_LATER_MS = DAY_MS + DAY_WAIT_MS
"""A day is told when it is over and has been waited for."""
SHARES = (0.0, 0.02, 0.05, 0.10)
"""Of what goes into a feeder: rows of the score begin with these."""


def loss_pieces(truth: Truth) -> list[Piece]:
    """What was stolen in a run, by time: thefts behind a feeder whose spans meet are a piece. Where
    nobody measures what goes into a feeder there is none: nothing can be told of its loss."""
    rows = (
        truth.labels.filter(pl.col("kind").is_in(list(THEFTS)))
        .join(truth.fleet.homes, on="meter_id")
        .sort("feeder", "start_ms", "end_ms", "meter_id")
    )
    feeders = sorted(truth.fleet.supplied.intersection(rows["feeder"].to_list()))
    found = [
        piece
        for feeder in feeders
        for piece in _of_feeder(feeder, rows.filter(pl.col("feeder") == feeder), truth.fleet)
    ]
    return sorted(found, key=lambda piece: (piece.start_ms, piece.end_ms, piece.id))


def _of_feeder(feeder: str, rows: pl.DataFrame, fleet: Fleet) -> Iterator[Piece]:
    spans: list[tuple[int, int, set[str]]] = []
    for row in rows.iter_rows(named=True):
        start_ms, end_ms, home = row["start_ms"], row["end_ms"], row["meter_id"]
        if spans and start_ms <= spans[-1][1]:
            first_ms, last_ms, homes = spans.pop()
            spans.append((first_ms, max(last_ms, end_ms), {*homes, home}))
        else:
            spans.append((start_ms, end_ms, {home}))
    for start_ms, end_ms, homes in spans:
        yield Piece(
            kind="feeder_loss",
            subject=feeder,
            start_ms=start_ms,
            end_ms=end_ms,
            homes=frozenset(homes),
            due=frozenset(homes),
            cadence_ms=int(rows["cadence_ms"].to_list()[0]),
            not_counted=_not_counted(start_ms, end_ms, fleet),
        )


def _not_counted(start_ms: int, end_ms: int, fleet: Fleet) -> str | None:
    if start_ms < fleet.begin_ms + LEARNED_DAYS * DAY_MS:
        return f"it began before {LEARNED_DAYS} days of which to learn"
    lasted_ms = min(end_ms, fleet.end_ms - TOLD_LATER_MS) - start_ms
    if lasted_ms < LASTING_DAYS * DAY_MS:
        return f"{max(0, lasted_ms) / DAY_MS:.1f} days in time, fewer than {LASTING_DAYS}"
    return None


def stolen_shares(truth: Truth, pieces: Iterable[Piece]) -> dict[str, float]:
    """By a piece's id the share of the feeder that is stolen, if all of its homes use the same."""
    homes = truth.fleet.homes_of
    seen = truth.labels.filter(pl.col("kind").is_in(list(THEFTS))).select(
        "meter_id",
        pl.col("parameters").str.json_path_match("$.share_read").cast(pl.Float64).fill_null(0.0),
    )
    unseen: dict[str, float] = {}
    for meter_id, share in seen.iter_rows():
        unseen[meter_id] = max(unseen.get(meter_id, 0.0), 1 - share)
    return {
        piece.id: sum(unseen[home] for home in piece.homes) / homes[piece.subject]
        for piece in pieces
    }


def judged_losses(truth: Truth, pieces: Iterable[Piece], alerts: Iterable[Alert]) -> Outcome:
    """What alerts of losses were worth.

    One is right about a piece of its feeder if their times meet and it opened after the piece
    began.
    """
    of_feeders: dict[str, list[Piece]] = {}
    for piece in pieces:
        of_feeders.setdefault(piece.subject, []).append(piece)
    members = dict(truth.fleet.homes.group_by("feeder").agg("meter_id").iter_rows())
    return judge(_claim(alert, truth, of_feeders, members) for alert in alerts)


def _claim(
    alert: Alert,
    truth: Truth,
    of_feeders: Mapping[str, Sequence[Piece]],
    members: Mapping[str, list[str]],
) -> Claim:
    if alert.subject not in members:
        return Claim(alert, wrong=f"no home of the registry has the feeder {alert.subject}")
    pieces = tuple(piece for piece in of_feeders.get(alert.subject, ()) if _meets(piece, alert))
    if any(piece.began_before(alert) for piece in pieces):
        return Claim(alert, pieces)
    meters = members[alert.subject]
    return Claim(alert, wrong=truth.meanwhile(meters, alert.onset_ms, alert.opened_at_ms))


def _meets(piece: Piece, alert: Alert) -> bool:
    ended = alert.closed_at_ms is not None and alert.closed_at_ms < piece.start_ms
    # The last day of it is told later, and the day after may still be above what is chance.
    return alert.opened_at_ms <= piece.end_ms + DAY_MS + TOLD_LATER_MS and not ended


def suspects_right(outcome: Outcome) -> Share:
    """Of the homes that all alerts suspect, those that steal."""
    part = whole = 0
    for each in outcome.judged:
        thieves = frozenset[str]().union(*(piece.homes for piece in each.pieces))
        part += len(thieves.intersection(each.alert.homes))
        whole += len(each.alert.homes)
    return Share(part, whole)


def thieves_suspected(pieces: Iterable[Piece], outcome: Outcome) -> Share:
    """Of the thieves of pieces that count and were found, those that the alert suspects."""
    part = whole = 0
    for piece in pieces:
        finder = outcome.finders.get(piece.id)
        if piece.not_counted is None and finder is not None:
            part += len(piece.homes.intersection(finder.alert.homes))
            whole += len(piece.homes)
    return Share(part, whole)
