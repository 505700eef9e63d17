"""What may be the matter with the network, as the hot job counts it, and with its feed: values of
the topic of facts.

A fact is a JSON object, key = subject. It tells numbers and judges nothing; rules make alerts of
facts. `at_ms` is the end of what it is of in event time, a slice, a minute or an hour: facts of one
subject and kind come in its order, some of them twice. All are functions of the log, but for those
of the feed: that nothing comes no log can say.
"""

from typing import ClassVar, Literal

from msgspec import Struct

from contracts.time import DAY_MS, HOUR_MS

MOST_METERS = 500
"""Meters in a list of a fact at most; counts go on."""

AREA_PREFIX = "area:"
"""Begins the name of an area, the first five characters of a geohash, that stands in for the feeder
of homes of which none is known."""

MISSED_AFTER_MS = 1_000
"""A reading is missed when its meter has said nothing for a cadence and this long, ..."""
MISSED_AFTER_PERCENT = 20
"""... or this part of its cadence, if that is longer: half-hourly readings are minutes on their way
as a rule. If the meter says that it lost power before that, it is missed at once. Two are missed
after two cadences and MISSED_AFTER_MS."""
SILENT_CADENCES = 3
"""For how many of its cadences nothing may be heard of a meter that is not silent."""
SHORTEST_SILENCE_MS = 30_000
"""And for how long at least."""
SHORTEST_WAIT_MS = 5_000
WAIT_MORE_MS = 5_000
"""A meter is silent for long when it has been silent for a cadence, SHORTEST_WAIT_MS at least, and
this time more: until then its feeder may turn out to be dark."""
ALIVE_SILENCES = 10
"""A meter is one that lives if it was heard within this many times the time after which it is
silent."""
SHORTEST_LIFE_MS = 3_600_000
"""Or within this long."""


EACH_MINUTE_FOR_MS = 2 * HOUR_MS
EACH_HOUR_FOR_MS = DAY_MS
"""A feeder with which something is the matter is said again though nothing is new: up to the one
after the last news at the end of each minute, up to the other of each hour, then of each day
(UTC)."""


MISSED, MISSED_TWICE, SILENT, SILENT_LONG = 1, 2, 3, 4
"""How a meter stands that ought to have been heard: it has missed a reading, two, is silent, or is
so for long."""


class Missed(Struct, gc=False, array_like=True, frozen=True):
    """A meter that ought to have been heard."""

    meter_id: str
    life_ms: int
    """Its last sign of life, on the platform's clock: the time of its latest reading, put right by
    the least lateness that the meter has shown, or the arrival of one whose clock is ahead too far
    for it to be usable."""
    cadence_ms: int
    stands: int
    """MISSED, MISSED_TWICE, SILENT or SILENT_LONG, by its partition's clock: while nobody writes
    there, it stays as it is. MISSED also by what it says itself."""
    lost_power_ms: int | None = None
    """When it lost power since its last sign of life, as it said itself (an event of its), on the
    platform's clock. None, or not there, if it has not said so."""


class Returned(Struct, gc=False, array_like=True, frozen=True):
    """A meter that is heard again after it had missed two readings or more."""

    meter_id: str
    life_ms: int
    """Its first sign of life after the silence."""
    silent_since_ms: int
    """Its last one before it."""
    gained: float | None
    """What the register gained in the silence, without what it may have counted since the return,
    the first demand for a cadence: Wh, not below 0. None if the register went back, if the meter
    has panels behind it (a reading on time said a negative demand once), sends energies of
    intervals, or had a clock too far ahead when it was heard last before the silence or first after
    it."""
    expected: float | None
    """What it would have gained at the mean demand before the silence, but for a cadence: Wh. None
    if no demand is known, or the clock was too far ahead."""
    cadence_ms: int = 0
    """Of its readings, as it is known after the return; 0, or not there, if it is not."""


class FeederSlice(Struct, gc=False, frozen=True, tag="feeder_slice", tag_field="kind"):
    """The electricity meters behind a transformer at the end of a slice. Export meters are not
    among them. Those that have been read, and of which the registry knows no feeder, are behind
    their area instead, that of their latest reading, and are missed there when they have missed
    two readings: so many homes may be in it that always some have missed one.

    It is said from when four are missed that were due after the last sign of life of any, three
    have missed two readings or one is silent, until none has missed two and fewer than four are
    missed, which is said as well: when anything but the
    last sign of life changes, also how a meter stands, or one has returned, which is news, and
    again as EACH_MINUTE_FOR_MS and EACH_HOUR_FOR_MS say. It is said, too, when one comes back that
    had not been alive."""

    kind: ClassVar[str] = "feeder_slice"

    subject: str
    """The feeder, or AREA_PREFIX and an area."""
    at_ms: int
    area: str
    """Where most of them are: the first five characters of the geohash. Empty if none was ever
    heard."""
    members: int
    """Meters that the registry has there."""
    alive: int
    """Of them those that live, missed ones among them."""
    last_life_ms: int
    """The latest sign of life of any that was among them."""
    missed: tuple[Missed, ...]
    """Those that live and have missed a reading, by what their partition's clock says or they
    themselves, the latest heard first."""
    missed_count: int
    """How many they are."""
    missed_twice: int
    """Of them those that have missed two."""
    silent: int
    """Of them those that are silent."""
    returned: tuple[Returned, ...] = ()
    """Those heard again since the fact before."""
    supply_before_w: float | None = None
    """What the feeder's supply meter said up to the last sign of life, as a mean (exponential, over
    about twelve readings). None, or not there, as are the next two, if it said nothing."""
    supply_least_w: float | None = None
    """The smallest amount, in either direction, that it said since: of a later time, in the slice
    of the last sign of life or a later one. It is no news by itself."""
    supply_from_ms: int | None = None
    """When the interval of the latest of these began: its time less the meter's cadence."""


LOADED_SHARE = 0.75
"""From this share of its capacity on something is the matter with a feeder."""
LOW_V, HIGH_V = 207.0, 253.0
"""Bounds of a voltage of 230 V: 10 % less and more, as EN 50160 has it."""
LOWERED_V, RAISED_V = 209.3, 250.7
"""Where a voltage is nearly out of them: 9 % less and more."""
SLOWEST_VOLTAGE_MS = 300_000
"""A meter with a longer cadence says nothing of the voltage in a minute."""
CALM_MINUTES = 5
"""Minutes in a row that are said though nothing is the matter any more."""


class FeederMinute(Struct, gc=False, frozen=True, tag="feeder_minute", tag_field="kind"):
    """What goes through a transformer in a minute, and how far the voltages behind it are from what
    they should be: each number is the mean over the minute's slices, in thousandths, of what counts
    at the end of each. A meter counts while its value holds (`LiveMeter.holds_until_ms`).

    It is said of feeders, not of areas: of each minute from when one draws LOADED_SHARE of its
    capacity or a home is below LOW_V or above HIGH_V, until CALM_MINUTES in a row have been said in
    which neither was so and no home was below LOWERED_V or above RAISED_V."""

    kind: ClassVar[str] = "feeder_minute"

    subject: str
    """The feeder."""
    at_ms: int
    """The end of the minute."""
    area: str
    """As of a `FeederSlice`."""
    members: int
    """Homes that the registry has there: electricity meters that are no export meters."""
    homes: float
    """Of them those of which it is known what they draw."""
    demand_w: float
    """What goes through the transformer by its supply meter while that is heard, else what homes
    draw, added up: negative where more is fed in than drawn."""
    by_supply: bool
    """Whether the supply meter says it, at the end of the minute."""
    capacity_w: int | None
    """What may go through it: of its supply meters, added up if there are several. None if the
    registry does not say."""
    voltages: float
    """Homes of which the voltage is known, that of the latest reading."""
    low: float
    """Of them those below LOW_V."""
    lowered: float
    """Those below LOWERED_V, these among them."""
    high: float
    """Those above HIGH_V."""
    raised: float
    """Those above RAISED_V, these among them."""


WELL_READ_PERCENT = 90
JUDGED_WH = 200
COUNTED_PERCENT = 80
"""The register of a meter lags in an hour if so many of its readings have come, its demands say so
much, and it gained less than this share of that."""
USED_WH = 50
"""A meter whose premises are not connected counts in an hour if it counts more than this."""
BASE_HOURS = 24
BASE_ZEROS = 3
"""The base load of a home is 0 after an hour if it counted nothing in so many of the last 24."""
USED_HOURS = 56 * 24
"""A home always had a base load if it had one after so many hours running, of those that are
over."""
IDLE_HOURS = 30 * 24
"""A home that has had none after so many hours, of those that are over, has none as a rule."""
MOST_ZERO_HOURS = 27
"""For so many hours it is known that nothing was counted."""
TURN_HOURS = 25
"""Of each home each so many-th hour is said whatever it was: one more than a day has, so that it is
not the same hour of each day."""


class MeterHour(Struct, gc=False, frozen=True, tag="meter_hour", tag_field="kind"):
    """What an electricity meter counted in an hour (UTC), export meters left out.

    The hour has the readings after its beginning, up to its end, and the steps between two of them
    that end in it. It is over, and said, when the meter itself has gone on: with the first slice in
    which a reading of the hour's end, or of later, is heard. So a meter whose readings always come
    late, or a day at once, has the same hours as others. A reading that comes when its hour is over
    changes nothing, and an hour of which none came in time is not said.

    Of all hours those are said in which the register lags, fell, or counted while the premises were
    not connected; of those that can be judged the next two, and 24 after a fall; and those in which
    a home has no base load that always had one."""

    kind: ClassVar[str] = "meter_hour"

    subject: str
    """The meter."""
    at_ms: int
    """The end of the hour."""
    area: str
    """Where it is: the first five characters of the geohash."""
    energy: float
    """What counts: what the register gained (a fall adds nothing, a step over its size what is
    between), or, of a meter of that kind, the energies of intervals; Wh. A revision may take more
    away than there is."""
    by_demand: float | None
    """What its demands say for the same steps, Wh: each, as it is said first, holds for the step
    that ends with it, for two cadences and an hour at most, and not at all while no cadence is
    known. None if it says none, or sends energies of intervals."""
    readings: int
    """That came, until the hour was over."""
    expected: int
    """That there should be, by their numbers since the latest one before the hour; 16,777,215 at
    most."""
    register: float
    """As the latest reading says it, Wh."""
    fell_ms: int | None
    """Time of the latest reading, of this hour or before, at which the register was lower than
    before and had not rolled over. None if there is none, or the meter sends intervals."""
    off_ms: int | None
    """Since when the registry says that the premises are not connected: the end of the slice in
    which that arrived. None if they are, or were before the hour's first step began, or if nothing
    was heard of the meter before the hour."""
    installed_ms: int | None
    """When the device was installed, as the registry says; None if it does not."""
    zero_hours: int = 0
    """In how many hours running, up to this one and MOST_ZERO_HOURS at most, it counted nothing: an
    `energy` of 0 or less. An hour in between of which no reading came breaks them."""
    idle_hours: int | None = None
    """After how many hours that are over, IDLE_HOURS at most, the base load has been 0 since it was
    above 0 after each of USED_HOURS running; 0 after the first of which it is above 0 again. None
    if it was not always above 0, and as long as it is."""


ODD_SCORE = 0.6
"""An hour with a score above it is unusual, or nearly so."""
TURN_HOURS = 25
"""Of each home each so many-th hour is said whatever it was: one more than a day has, so that it is
not the same hour of each day."""

Channel = Literal["1 h", "6 h", "24 h", "record", "base"]
"""What of an hour is looked at (docs/detection.md)."""


class JudgedHour(Struct, gc=False, frozen=True, tag="judged_hour", tag_field="kind"):
    """How unusual an hour (UTC) of a home was, by the model that judges it.

    Hours and when they are over are those of `MeterHour`. Those are said in which the score, or one
    of the three hours before, is above ODD_SCORE; and, from the first hour on for which a model is
    published, whatever is known of it each hour of which the number since the epoch, of its end,
    and the CRC-32 of the meter's id add up to a multiple of TURN_HOURS. So it is known in the end
    that a home is no longer unusual, though its next hours were not said, or the model does not
    know it."""

    kind: ClassVar[str] = "judged_hour"

    subject: str
    """The meter."""
    at_ms: int
    """The end of the hour."""
    area: str
    """Where it is: the first five characters of the geohash."""
    score: float | None
    """Above 1 is unusual. None where the hour is not whole (`contracts.hours`)."""
    channel: Channel | None
    """What the score is of."""
    used_wh: float | None
    """What was used by that: in the hour (`1 h`, `record`), in the hours up to its end, or in the
    third smallest hour of the day up to then (`base`)."""
    usual_wh: float | None
    """And what is usual there."""
    model: str | None
    """The version that judged it; None where none knows the meter."""


FEED_SILENT_MS = 5_000
"""A partition of the readings is heard until nothing has come to it for longer than this; whoever
writes it says something each second."""
FEED_SETTLED_MS = 60_000
"""A feed in which no partition has begun or ceased to be heard for this long says little more."""


class Partition(Struct, gc=False, array_like=True, frozen=True):
    """A partition of the readings. Times are arrivals, lengths are the wall's."""

    number: int
    last_ms: int | None
    """The largest arrival when something came last; None if it is empty."""
    silent_ms: int
    """How long nothing has come to it but the pacemaker's heartbeats."""
    alone_ms: int
    """For how long others have been heard and it has not had a record; 0 if none is heard."""
    heard_ms: int
    """For how long it has been heard; 0 if it is not."""
    heard_from_ms: int | None
    """The largest arrival when that began."""


class Feed(Struct, gc=False, frozen=True, tag="feed", tag_field="kind"):
    """Whether anybody writes the readings, as the pacemaker sees it: by the clock on the wall, and
    only while the broker answers it. A topic that is empty has no feed yet.

    It is said at each look until it has settled, and then once a minute while a partition is not
    heard."""

    kind: ClassVar[str] = "feed"

    subject: str
    """The topic."""
    at_ms: int
    """The largest arrival, and how long nothing has come since; it may go back when something
    does."""
    seen_ms: int
    """When the pacemaker looked, by the wall: facts of a feed come in its order."""
    partitions: tuple[Partition, ...]


HALF_HOUR_MS = HOUR_MS // 2
HALF_HOURS = DAY_MS // HALF_HOUR_MS
DAY_WAIT_MS = 6 * HOUR_MS
"""How long after its end a day is said: what comes later than that is not in it."""


class MeterDay(Struct, gc=False, array_like=True, frozen=True):
    """What a register counted in a day."""

    meter_id: str
    gained_wh: tuple[int | None, ...]
    """At the beginning of the day and at the end of each half-hour, HALF_HOURS + 1 in all: what the
    register was by its last reading up to then, since the first of them that is known. It falls
    where the register did. None where no reading was within the half-hour before, or where none at
    that instant or later is known.

    Known is what the meter said since it is behind the feeder and that has a supply meter; and of
    what it said there before that had one, the last, once it says something of another half-hour.
    Of several readings of one instant the one with the largest number counts until something is
    said of another half-hour, and what comes then, after it."""


class FeederDay(Struct, gc=False, frozen=True, tag="feeder_day", tag_field="kind"):
    """What went into a feeder on a UTC day, and what its homes took.

    It is said of feeders with a supply meter, DAY_WAIT_MS after the end of the day, of each day in
    which any reading came of any of its meters. If its supply meter goes before, it is what was
    known then."""

    kind: ClassVar[str] = "feeder_day"

    subject: str
    """The feeder."""
    at_ms: int
    day_ms: int
    """When the day began, epoch ms."""
    area: str
    """Where its supply meter was heard last since it is there, or the one before it: the first five
    characters of the geohash. Empty if none was."""
    supply: MeterDay
    """What its supply meter counted."""
    meters: tuple[MeterDay, ...]
    """What each meter of electricity behind it did, by id, export meters among them. A meter is
    there whether anything was heard of it or not, unless its energy is that of intervals."""
    meters_count: int
    """How many they are."""


Fact = FeederSlice | FeederMinute | FeederDay | MeterHour | JudgedHour | Feed
