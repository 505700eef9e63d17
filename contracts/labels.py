"""What was wrong in a simulated run, and when: the truth by which detection is scored.

One Parquet file per run, `<recordings_dir>/<run>-labels.parquet`, one row per fault and meter; a
run in which nothing was wrong has one without rows. Times are true times, not those of a meter's
wrong clock. A fault is on for the readings with start_ms < ts <= end_ms, since a reading's `ts` is
the end of what it measured. A register reset, a restart and a move are instants (`end_ms` =
`start_ms`): the next reading shows it.

Circumstances are no fault of a meter, and explain what one may be taken for. Without a link or a
writer no reading arrives with start_ms <= arrival < end_ms: those that would have come at `end_ms`
or later. A wrong clock is there for the whole run, from its first reading on, a wrong feeder until
the meter moves.

Of a replay of real meters nobody knows what was wrong: its labels are what the files themselves
show. A meter whose readings end before those of others is one that is silent.
"""

from typing import Literal, get_args

import pyarrow as pa

FaultKind = Literal[
    "meter_silent",  # no readings; the register counts on
    "feeder_outage",  # no power behind a transformer: no readings, no consumption
    "area_outage",  # the same for a whole area
    "theft_bypass",  # the meter sees a share of the consumption
    "theft_tamper",  # the register stands still while the demand goes on
    "high_use",  # everything is a factor higher
    "spike",  # the demand of single readings is wrong; the register is not
    "meter_restart",  # the sequence number begins again at 0
    "meter_move",  # the meter is somewhere else from there on
    "register_reset",  # the register begins again at 0
    "meter_exchange",  # silent while the fitter works, then a new register from 0
    "voltage_sag",  # the voltage of a feeder is low
    "overload",  # a feeder's homes draw `utilisation` of what it is rated for, on average
    "unusual_use",  # a load at an hour when this home has none
]
FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)

Circumstance = Literal[
    "link_loss",  # an area delivers nothing, and everything afterwards
    "writer_dead",  # nobody writes to the meter's partition, and afterwards all that waited
    "clock_error",  # the clock is wrong: `ahead_ms` at the start, and `gains_ms_per_day`
    "misplaced",  # the registry says `announced`, the home is behind `feeder`
]
CIRCUMSTANCES: tuple[Circumstance, ...] = get_args(Circumstance)

Shown = Literal[
    "gap",  # readings of a real meter are missing, and later ones are there
    "no_use",  # a real meter counted nothing for hours, with all of its readings
]
SHOWN: tuple[Shown, ...] = get_args(Shown)
"""What files of real meters show."""

LabelKind = FaultKind | Circumstance | Shown

SCHEMA = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("meter_id", pa.string(), nullable=False),
        pa.field("start_ms", pa.int64(), nullable=False),
        pa.field("end_ms", pa.int64(), nullable=False),
        pa.field("parameters", pa.string(), nullable=False),
    ]
)
"""`parameters` is a JSON object: the kind's numbers, and the feeder, area or partition if it hit
one. Of an outage from which some homes come back later, `end_ms` is each home's own."""
