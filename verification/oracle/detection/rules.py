"""The numbers by which facts become alerts, from the file that the jobs are submitted with."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.settings import PROJECT
from verification.errors import VerificationError

PATH = PROJECT / "jobs" / "rules" / "rules.toml"


@dataclass(frozen=True)
class Shares:
    """Of what registers were expected to gain in a silence: below the one it was power, above the
    other communication."""

    power_below: float
    communication_above: float


@dataclass(frozen=True)
class Updates:
    """When an alert that is open is told of again."""

    apart_ms: int
    homes: int
    homes_percent: int


@dataclass(frozen=True)
class SupplyShares(Shares):
    """Of what went into a dark feeder before, if that was no less than the least."""

    least_w: float


@dataclass(frozen=True)
class Gasps:
    """So many homes that say that they lost power, so near to when it may have begun, did."""

    homes: int
    within_ms: int

    def hold(self, lost_power_ms: int | None, onset_ms: int, due_ms: int) -> bool:
        """Whether a home lost power from about the onset on, until about when it was due."""
        if lost_power_ms is None:
            return False
        return (
            lost_power_ms - onset_ms >= -self.within_ms
            and lost_power_ms - max(due_ms, onset_ms) <= self.within_ms
        )


@dataclass(frozen=True)
class OutageRules:
    """When homes of a feeder are out together, and until when."""

    due_homes: int
    overdue_percent: int
    living_homes: int
    at_once_homes: int
    at_once_percent: int
    back_after_ms: int
    restored_percent: int
    restored_wait_cadences: int
    restored_wait_ms: int
    momentary_ms: int
    critical_homes: int
    gone_after_ms: int
    cause_homes: int
    cause: Shares
    supply: SupplyShares
    gasps: Gasps


@dataclass(frozen=True)
class SilenceRules:
    """When a meter is silent by itself."""

    gone_after_ms: int
    cause: Shares
    gasps: Gasps


@dataclass(frozen=True)
class RepeatRules:
    """When a feeder is out again and again."""

    times: int
    within_ms: int
    longest_ms: int
    homes: int
    homes_percent: int


@dataclass(frozen=True)
class OverloadRules:
    """When a feeder carries too much of its capacity, and until when."""

    open_percent: int
    open_after_ms: int
    close_percent: int
    close_after_ms: int
    major_percent: int
    critical_percent: int
    critical_after_ms: int


@dataclass(frozen=True)
class VoltageRules:
    """When voltages of a feeder are out of bounds, and until when."""

    homes: int
    open_percent: int
    open_after_ms: int
    close_percent: int
    close_after_ms: int


@dataclass(frozen=True)
class StuckRules:
    """When a register stands still, and until when."""

    well_read_percent: int
    judged_wh: int
    stuck_percent: int
    counted_percent: int
    stuck_hours: int
    counted_hours: int
    told_again_ms: int


@dataclass(frozen=True)
class BackRules:
    """Whether a register that fell is one of another device."""

    exchange_within_ms: int


@dataclass(frozen=True)
class OffRules:
    """When something is counted where nothing is connected, and until when."""

    used_wh: int
    quiet_hours: int
    told_again_ms: int


@dataclass(frozen=True)
class ZeroRules:
    """When a home uses nothing that always used something, and until when that is told."""

    zero_hours: int
    given_up_hours: int
    told_again_ms: int


@dataclass(frozen=True)
class UnusualRules:
    """When use is unusual, and until when."""

    open_score: float
    close_score: float
    close_hours: int
    told_again_ms: int


@dataclass(frozen=True)
class FitRules:
    """How strongly terms of what a feeder loses are held to 0."""

    load: float
    load_squared: float
    night: float


@dataclass(frozen=True)
class SuspectRules:
    """When a home is suspected."""

    from_days: int
    until_days: int
    jump: float
    coefficient: float
    percent: float
    shrink: float


@dataclass(frozen=True)
class LossRules:
    """When a feeder loses more than it used to, and until when."""

    covered_percent: float
    half_hours: int
    usual_days: int
    learned_days: int
    again_after_days: int
    drift_percent: float
    open_percent: float
    close_percent: float
    close_days: int
    unlearned_percent: float
    unlearned_days: int
    major_kwh: float
    critical_kwh: float
    given_up_after_days: int
    dropped_percent: float
    fit: FitRules
    suspects: SuspectRules


@dataclass(frozen=True)
class Rules:
    """All of them."""

    version: str
    updates: Updates
    outage: OutageRules
    silence: SilenceRules
    repeated_outage: RepeatRules
    overload: OverloadRules
    voltage: VoltageRules
    stuck_register: StuckRules
    register_back: BackRules
    use_while_off: OffRules
    zero_use: ZeroRules
    unusual_use: UnusualRules
    feeder_loss: LossRules


def read_rules(path: Path = PATH) -> Rules:
    """The rules that the file says; blocks of other rules are left alone.

    Raises:
        VerificationError: it cannot be read, or has not the numbers that the oracle knows.
    """
    try:
        said = tomllib.loads(path.read_text())
        outage, silence, loss = said["outage"], said["silence"], said["feeder_loss"]
        return Rules(
            said["version"],
            Updates(**said["updates"]),
            OutageRules(**outage | _parts(outage) | {"supply": SupplyShares(**outage["supply"])}),
            SilenceRules(**silence | _parts(silence)),
            RepeatRules(**said["repeated_outage"]),
            OverloadRules(**said["overload"]),
            VoltageRules(**said["voltage"]),
            StuckRules(**said["stuck_register"]),
            BackRules(**said["register_back"]),
            OffRules(**said["use_while_off"]),
            ZeroRules(**said["zero_use"]),
            UnusualRules(**said["unusual_use"]),
            LossRules(
                **loss
                | {"fit": FitRules(**loss["fit"]), "suspects": SuspectRules(**loss["suspects"])}
            ),
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise VerificationError(
            f"{path}: {error!r}: verification knows other numbers of this rule; teach it these in "
            "verification/oracle/detection"
        ) from error


def _parts(block: dict[str, Any]) -> dict[str, Any]:
    return {"cause": Shares(**block["cause"]), "gasps": Gasps(**block["gasps"])}
