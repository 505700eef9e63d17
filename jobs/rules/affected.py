"""The homes that an outage hits: who joins it, who is back, and when it is over.

While it is open, whoever misses two readings joins it. It is over when most are back and the rest
has been waited for. A home that the registry has no more, or somewhere else, is waited for no more,
and is not back.
"""

from collections.abc import Iterable
from statistics import median_low

from msgspec import Struct
from msgspec.structs import replace

from contracts.alerts import alert_id
from contracts.facts import MISSED_TWICE, SILENT_LONG, Missed
from jobs.rules.cause import Gain, gain_of, total
from jobs.rules.finding import FULL, find, full
from jobs.rules.look import Look
from jobs.rules.meanwhile import Dark, Supply, supply_of
from jobs.rules.outage_numbers import OutageNumbers
from jobs.rules.silence import Silences
from jobs.rules.versions import Told

RESTORED, GONE = "restored", "gone"
"""Why an outage is closed."""


class Home(Struct, frozen=True, array_like=True, gc=False):
    """A home that an outage has hit."""

    life_ms: int
    """Its last sign of life before it was missed."""
    cadence_ms: int
    heard_ms: int | None = None
    """Its first sign of life since the onset, as far as is known."""
    back: bool = False
    """Whether it is back: heard, and nothing missed when it was."""
    gain: Gain = Gain()
    missed_twice: bool = False
    """Whether a fact has said so: it returns by name then."""
    gone_ms: int | None = None
    """Event time of the fact since which it is no longer behind the feeder."""
    lost_power_ms: int | None = None
    """When it lost power, as it said last."""

    @property
    def out(self) -> bool:
        """Whether it is waited for."""
        return not self.back and self.gone_ms is None


class Outage(Struct, frozen=True):
    """An outage that is open."""

    opened_at_ms: int
    subject: str
    area: str
    onset_ms: int
    rule: str
    numbers: dict[str, float]
    """What the rule compared, by name."""
    homes: dict[str, Home]
    most: int = 0
    """The most homes that it was known to have hit, those among them that no fact listed."""
    restored_since_ms: int | None = None
    """Event time of the fact since which most are back."""
    dark: Dark | None = None
    """If nobody on the feeder was heard at a time of it."""
    supply: Supply | None = None
    """What went in then."""
    told: Told | None = None
    """What was told last."""

    @property
    def id(self) -> str:
        """The alert's id."""
        return alert_id("outage", self.subject, self.opened_at_ms)


def begun(look: Look, silences: Silences, rules: OutageNumbers) -> Outage | None:
    """An outage that the fact shows, if it shows one."""
    # What began in the last fact for days could not end in any.
    found = None if look.calm else find(look, silences, rules)
    if found is None:
        return None
    outage = Outage(
        opened_at_ms=look.fact.at_ms,
        subject=look.fact.subject,
        area=look.fact.area,
        onset_ms=found.onset_ms,
        rule=found.rule,
        numbers=found.numbers,
        homes=_joined({}, found.homes, silences, found.onset_ms),
        dark=found.dark,
    )
    return _supplied(outage, look, rules)


def followed(outage: Outage, look: Look, silences: Silences, rules: OutageNumbers) -> Outage:
    """With what the fact says of its homes, those that join it, and as the whole feeder's if it is
    that by now."""
    since_ms = outage.onset_ms + rules.back_after_ms
    homes = {
        meter_id: _home(home, meter_id, look, since_ms) for meter_id, home in outage.homes.items()
    }
    outage = replace(outage, homes=_joined(homes, look.twice.values(), silences, outage.onset_ms))
    whole = full(look, silences, rules) if outage.rule != FULL else None
    if whole is not None:
        outage = replace(outage, rule=FULL, numbers=whole.numbers, dark=whole.dark)
    return _supplied(outage, look, rules)


def beginnings(outage: Outage, rules: OutageNumbers) -> list[tuple[int, int]]:
    """When homes fell silent together, and by when they had: at the onset, and again where the
    whole feeder did later than the part of it that was found first.

    It had begun when the first was due of the homes that explain the instant. Up to
    `rules.back_after_ms` after that, what is heard may have been under way before.
    """
    instants = [outage.onset_ms]
    if outage.dark is not None and outage.dark.since_ms > outage.onset_ms:
        instants.append(outage.dark.since_ms)
    return [(instant_ms, _begun_by_ms(outage, instant_ms, rules)) for instant_ms in instants]


def _begun_by_ms(outage: Outage, instant_ms: int, rules: OutageNumbers) -> int:
    due = [
        home.life_ms + home.cadence_ms
        for home in outage.homes.values()
        if home.life_ms <= instant_ms < home.life_ms + home.cadence_ms
    ]
    return max(instant_ms + rules.back_after_ms, min(due, default=0))


def _supplied(outage: Outage, look: Look, rules: OutageNumbers) -> Outage:
    """With what goes into the feeder while nobody is heard."""
    if outage.dark is None:
        return outage
    supply = supply_of(look.fact, outage.dark, rules.back_after_ms)
    return outage if supply is None else replace(outage, supply=supply)


def _joined(
    homes: dict[str, Home], missed: Iterable[Missed], silences: Silences, onset_ms: int
) -> dict[str, Home]:
    """With further homes, but none that was silent by itself before it began."""
    return homes | {
        each.meter_id: Home(
            each.life_ms,
            each.cadence_ms,
            missed_twice=each.stands >= MISSED_TWICE,
            lost_power_ms=each.lost_power_ms,
        )
        for each in missed
        if each.meter_id not in homes
        and (each.meter_id not in silences or silences[each.meter_id].may_be_of(onset_ms))
    }


def _home(home: Home, meter_id: str, look: Look, since_ms: int) -> Home:
    """A home after a fact; what was heard up to `since_ms` may have been under way before."""
    missed, returned = look.missed.get(meter_id), look.returned.get(meter_id)
    if missed is not None and missed.lost_power_ms is not None:
        home = replace(home, lost_power_ms=missed.lost_power_ms)
    if meter_id in look.twice:
        life_ms = look.twice[meter_id].life_ms
        return replace(
            home, life_ms=life_ms, heard_ms=None, back=False, missed_twice=True, gone_ms=None
        )
    if home.gone_ms is not None:
        return home
    may_be_gone = home.missed_twice and home.heard_ms is None and not home.back
    if may_be_gone and look.is_gone(meter_id, home.life_ms, home.cadence_ms):
        return replace(home, gone_ms=look.fact.at_ms)
    heard_ms, gain = home.heard_ms, home.gain
    if returned is not None and returned.life_ms > since_ms:
        heard_ms = heard_ms or returned.life_ms
        gain = total([gain, gain_of(returned)])
    elif missed is not None and missed.life_ms > since_ms:
        heard_ms = heard_ms or missed.life_ms
    elif look.is_heard(meter_id, home.life_ms, home.cadence_ms):
        last_ms = look.fact.last_life_ms
        heard_ms = heard_ms or (last_ms if last_ms > since_ms else None)
    back = home.back or (heard_ms is not None and missed is None)
    return replace(home, heard_ms=heard_ms, back=back, gain=gain)


def counted(outage: Outage, look: Look, rules: OutageNumbers) -> Outage:
    """With how many it has hit, and since when most are back."""
    most = max(outage.most, len(outage.homes) + _unknown(outage, look))
    there = most - sum(home.gone_ms is not None for home in outage.homes.values())
    back = there - out(outage, look)
    restored = back * 100 >= rules.restored_percent * there
    since_ms = outage.restored_since_ms or look.fact.at_ms
    return replace(outage, most=most, restored_since_ms=since_ms if restored else None)


def out(outage: Outage, look: Look) -> int:
    """Homes that are not back, and are waited for."""
    return sum(home.out for home in outage.homes.values()) + _unknown(outage, look)


def _unknown(outage: Outage, look: Look) -> int:
    """Homes that are missed and that no fact has listed, as the list is full."""
    known = sum(
        home.out
        and meter_id not in look.missed
        and not look.has_dropped_out(home.life_ms, home.cadence_ms)
        for meter_id, home in outage.homes.items()
    )
    return max(0, look.unlisted - known)


def over(outage: Outage, look: Look, rules: OutageNumbers) -> str | None:
    """Why it is over, RESTORED or GONE; None if it is not."""
    at_ms, since_ms = look.fact.at_ms, outage.restored_since_ms
    if all(home.gone_ms is not None for home in outage.homes.values()):
        return GONE
    if not out(outage, look) or (look.calm and not _dropped_out(outage, look)):
        return RESTORED
    if since_ms is not None:
        longest_ms = max(home.cadence_ms for home in outage.homes.values())
        wait_ms = max(rules.restored_wait_cadences * longest_ms, rules.restored_wait_ms)
        if look.calm or at_ms - since_ms >= wait_ms:
            return RESTORED
    return GONE if at_ms - outage.onset_ms > rules.gone_after_ms else None


def _dropped_out(outage: Outage, look: Look) -> bool:
    """Whether a home is away of which no fact tells until it is back."""
    return any(
        home.out and look.has_dropped_out(home.life_ms, home.cadence_ms)
        for home in outage.homes.values()
    )


def away(outage: Outage, look: Look) -> list[Missed]:
    """Homes that stay away."""
    return [
        look.twice.get(
            meter_id,
            Missed(meter_id, home.life_ms, home.cadence_ms, SILENT_LONG, home.lost_power_ms),
        )
        for meter_id, home in outage.homes.items()
        if home.out
        and (meter_id in look.twice or look.has_dropped_out(home.life_ms, home.cadence_ms))
    ]


def restored_ms(outage: Outage) -> int | None:
    """The median of when homes came back; None if none has."""
    back = [
        home.heard_ms for home in outage.homes.values() if home.back and home.heard_ms is not None
    ]
    return median_low(back) if back else None
