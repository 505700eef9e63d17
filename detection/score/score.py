"""A run's score: labels and alerts in, figures and lists out."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from contracts.alerts import Alert, Kind
from detection.score.figures import Share, Spread, spread
from detection.score.limits import ALERTS as OF_LIMITS
from detection.score.limits import judged_limits, limit_pieces
from detection.score.losses import (
    SHARES,
    judged_losses,
    loss_pieces,
    stolen_shares,
    suspects_right,
    thieves_suspected,
)
from detection.score.outages import (
    causes_told,
    causes_told_after,
    causes_told_first,
    homes_found,
    homes_right,
    judged_outages,
)
from detection.score.pieces import Piece, Truth
from detection.score.rates import FalseRate, false_rates
from detection.score.registers import MUST_FIND, judged_registers
from detection.score.reliability import Reliability, reliability_of_alerts, reliability_of_labels
from detection.score.repeats import REPEATED, judged_repeats, repeated_pieces
from detection.score.silent_meters import judged_silent_meters
from detection.score.verdicts import Judged, Outcome

SCORED: tuple[Kind, ...] = (
    *("outage", "meter_silent", "feeder_loss", REPEATED),
    *OF_LIMITS,
    *MUST_FIND,
)
"""Kinds of alerts that are held against labels."""


@dataclass(frozen=True, slots=True)
class Row:
    """How well a kind of thing is told."""

    kind: str
    pieces: int
    """That there were, by the labels."""
    found: Share
    """Recall: found ones, of those that somebody has to find."""
    right: Share
    """Precision: right alerts, of those that are decided."""
    duplicates: int
    """Of the alerts that are not right."""
    delay_s: Spread | None
    """From the true beginning to when the alert can be said: when the watermark reaches the fact
    that opened it, by the clock of arrivals."""
    onset_error_s: Spread | None
    """The alert's beginning from the true one, either way."""
    end_error_s: Spread | None
    """The same of the end, for alerts that are about one piece and say it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A piece or an alert that somebody will want to look at."""

    kind: str
    id: str
    at_ms: int
    """When it began, or opened."""
    reason: str


@dataclass(frozen=True, slots=True)
class Score:
    """How good the alerts of a run were."""

    homes: int
    home_days: float
    rows: tuple[Row, ...]
    false_rates: tuple[FalseRate, ...]
    """Of each kind, and of some together."""
    homes_found: Share
    """Recall of the lists of homes, counted by home and piece."""
    homes_right: Share
    """Precision of the lists of homes."""
    causes_told: Share
    """Closed alerts that say the cause, where there was one."""
    causes_told_first: Share
    """Alerts that said it when they opened, of those on feeders with a supply meter."""
    causes_told_after: Spread | None
    """From their opening until they say it for good, of the same."""
    suspects_right: Share
    """Precision of the homes that alerts of losses suspect."""
    thieves_suspected: Share
    """Recall of thieves behind feeders whose loss was found."""
    by_labels: Reliability
    by_alerts: Reliability
    missed: tuple[Listed, ...]
    false: tuple[Listed, ...]
    """Wrong alerts and duplicates."""
    not_counted: tuple[Listed, ...]
    """Pieces that nobody has to find, and alerts that cannot be decided."""
    outside: int
    """Alerts that opened before the run or after its end, when all meters are silent."""
    unscored: dict[str, int]
    """Alerts of other kinds, by kind."""


def last_versions(alerts: Iterable[Alert]) -> list[Alert]:
    """The newest word of each alert, by when it opened; any number of versions in any order."""
    newest: dict[str, Alert] = {}
    for alert in alerts:
        if alert.id not in newest or newest[alert.id].version < alert.version:
            newest[alert.id] = alert
    return sorted(newest.values(), key=lambda alert: (alert.opened_at_ms, alert.id))


def _by_alert(versions: Iterable[Alert]) -> dict[str, list[Alert]]:
    """In the order of their numbers."""
    found: dict[str, list[Alert]] = {}
    for alert in sorted(versions, key=lambda each: each.version):
        found.setdefault(alert.id, []).append(alert)
    return found


def score(truth: Truth, alerts: Iterable[Alert], on_time_ms: int) -> Score:
    """Hold alerts against what was wrong.

    Args:
        alerts: any versions of them; of each the newest counts, and for when its cause was told
            those before.
        on_time_ms: how far the watermark trails the arrival, `Settings.on_time_ms`.
    """
    fleet = truth.fleet
    versions = list(alerts)
    all_alerts = last_versions(versions)
    by_alert = _by_alert(versions)
    first_causes = {alert.id: alert.cause for alert in versions if alert.version == 1}
    within = [alert for alert in all_alerts if fleet.begin_ms <= alert.opened_at_ms <= fleet.end_ms]
    outage_alerts = [alert for alert in within if alert.kind == "outage"]
    outages = judged_outages(truth, outage_alerts)
    silent = judged_silent_meters(
        truth, (alert for alert in within if alert.kind == "meter_silent"), outages
    )
    link_alerts = [each for each in outages.judged if each.alert.cause == "communication"]
    power_alerts = [each for each in outages.judged if each.alert.cause != "communication"]
    told = [
        _Told("outage", truth.pieces("outage"), power_alerts, outages),
        _Told("link_loss", truth.pieces("link_loss"), link_alerts, outages),
        _Told("meter_silent", truth.pieces("meter_silent"), silent.judged, silent),
        *_repeats(truth, within),
        *_limits(truth, within),
        *_registers(truth, within),
    ]
    pieces = loss_pieces(truth)
    losses = judged_losses(truth, pieces, (each for each in within if each.kind == "feeder_loss"))
    loss = _Told("feeder_loss", pieces, losses.judged, losses)
    told += [loss] if pieces or losses.judged else []
    homes = fleet.homes.height
    return Score(
        homes=homes,
        home_days=fleet.home_days,
        rows=tuple(each.row(on_time_ms) for each in (*told, *_by_share(truth, loss))),
        false_rates=tuple(false_rates(((each.kind, len(each.false())) for each in told), fleet)),
        homes_found=homes_found((*told[0].pieces, *told[1].pieces), outages),
        homes_right=homes_right(outages),
        causes_told=causes_told(outages),
        causes_told_first=causes_told_first(outages, first_causes, fleet.supplied),
        causes_told_after=causes_told_after(outages, by_alert, fleet.supplied),
        suspects_right=suspects_right(losses),
        thieves_suspected=thieves_suspected(pieces, losses),
        by_labels=reliability_of_labels(told[0].pieces, homes),
        by_alerts=reliability_of_alerts(outage_alerts, homes),
        missed=tuple(missed for each in told for missed in each.missed()),
        false=tuple(false for each in told for false in each.false()),
        not_counted=tuple(left for each in told for left in each.not_counted()),
        outside=len(all_alerts) - len(within),
        unscored=dict(Counter(each.kind for each in within if each.kind not in SCORED)),
    )


def _repeats(truth: Truth, alerts: Iterable[Alert]) -> Iterator["_Told"]:
    """Repeated outages, if there was anything of the kind, by the labels or the alerts."""
    pieces = repeated_pieces(truth)
    outcome = judged_repeats(truth, pieces, (each for each in alerts if each.kind == REPEATED))
    if pieces or outcome.judged:
        yield _Told(REPEATED, pieces, outcome.judged, outcome)


def _limits(truth: Truth, alerts: Iterable[Alert]) -> Iterator["_Told"]:
    """Those kinds of which there was anything, by the labels or the alerts."""
    all_pieces = limit_pieces(truth)
    for kind in OF_LIMITS:
        pieces = [piece for piece in all_pieces if piece.kind == kind]
        outcome = judged_limits(truth, pieces, (each for each in alerts if each.kind == kind))
        if pieces or outcome.judged:
            yield _Told(kind, pieces, outcome.judged, outcome)


def _registers(truth: Truth, alerts: Iterable[Alert]) -> Iterator["_Told"]:
    """The same of registers."""
    for kind, of in MUST_FIND.items():
        pieces = [] if of is None else truth.pieces(of)
        outcome = judged_registers(truth, (each for each in alerts if each.kind == kind), kind)
        if pieces or outcome.judged:
            yield _Told(kind, pieces, outcome.judged, outcome)


def _by_share(truth: Truth, loss: "_Told") -> Iterator["_Told"]:
    """Losses by the share that is stolen, with the alerts that are right about them."""
    shares = stolen_shares(truth, loss.pieces)
    for least, most in zip(SHARES, (*SHARES[1:], math.inf), strict=True):
        pieces = [piece for piece in loss.pieces if least <= shares[piece.id] < most]
        ids = {piece.id for piece in pieces}
        alerts = [
            each
            for each in loss.alerts
            if each.opened_for is not None and each.opened_for.id in ids
        ]
        if pieces:
            yield _Told(f"  from {least:.0%} on", pieces, alerts, loss.outcome)


@dataclass(frozen=True, slots=True)
class _Told:
    """A kind's pieces and alerts."""

    kind: str
    pieces: list[Piece]
    alerts: Sequence[Judged]
    outcome: Outcome

    def row(self, on_time_ms: int) -> Row:
        decided = [each for each in self.alerts if each.verdict != "undecided"]
        right = sum(each.verdict == "right" for each in decided)
        counted = self._counted()
        finders = self.outcome.finders
        # Of pieces that overlap an alert tells the earliest; how soon it would have told the others
        # nobody knows.
        opened = [
            (piece, finders[piece.id])
            for piece in counted
            if piece.id in finders and finders[piece.id].opened_for == piece
        ]
        return Row(
            kind=self.kind,
            pieces=len(self.pieces),
            found=Share(sum(piece.id in finders for piece in counted), len(counted)),
            right=Share(right, len(decided)),
            duplicates=sum(each.verdict == "duplicate" for each in decided),
            delay_s=spread(
                each.alert.opened_at_ms + on_time_ms - piece.start_ms for piece, each in opened
            ),
            onset_error_s=spread(
                abs(each.alert.onset_ms - piece.start_ms) for piece, each in opened
            ),
            end_error_s=spread(
                abs(each.alert.restored_at_ms - piece.end_ms)
                for piece, each in opened
                if each.alert.restored_at_ms is not None and len(each.pieces) == 1
            ),
        )

    def missed(self) -> list[Listed]:
        return [
            Listed(self.kind, piece.id, piece.start_ms, self._why_missed(piece))
            for piece in self._counted()
            if piece.id not in self.outcome.finders
        ]

    def false(self) -> list[Listed]:
        return [
            Listed(self.kind, each.alert.id, each.alert.opened_at_ms, each.reason)
            for each in self.alerts
            if each.verdict in ("wrong", "duplicate")
        ]

    def not_counted(self) -> list[Listed]:
        undecided = self._undecided()
        return [
            *(
                Listed(
                    self.kind, piece.id, piece.start_ms, piece.not_counted or undecided[piece.id]
                )
                for piece in self.pieces
                if piece.not_counted is not None or piece.id in undecided
            ),
            *(
                Listed(self.kind, each.alert.id, each.alert.opened_at_ms, each.reason)
                for each in self.alerts
                if each.verdict == "undecided"
            ),
        ]

    def _counted(self) -> list[Piece]:
        undecided = self._undecided()
        return [
            piece
            for piece in self.pieces
            if piece.not_counted is None and piece.id not in undecided
        ]

    def _undecided(self) -> dict[str, str]:
        """Pieces that an alert may yet find, by id, with its name."""
        return {
            piece.id: f"{each.alert.id} is open without a cause"
            for each in self.outcome.judged
            if each.verdict == "undecided"
            for piece in each.pieces
            if piece.id not in self.outcome.finders
        }

    def _why_missed(self, piece: Piece) -> str:
        for each in self.outcome.judged:
            if each.alert.subject == piece.subject and piece.meets(each.alert):
                told = f"says {each.alert.cause}" if piece in each.pieces else "opened before"
                return f"{each.alert.id} {told}"
        return "no alert"
