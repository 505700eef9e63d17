"""What a home used by the hour: when an hour is whole, and how the hot job hands its hours to those
who judge them.

An hour (UTC) has the readings after its beginning, up to its end, and the steps between two of them
that end in it. It is **whole** if all that was used in it was measured, and nothing else:

- The register was read at its beginning, and at its end: there is a reading of that very instant,
  or there are two around it which are READ_WITHIN_MS apart at most, or follow each other by their
  sequence numbers and are an hour apart at most.
- The register was never lower than at the reading before the hour, nor higher than at its last
  one, rolled over or not. So one that is wrong between them, or fell for a moment, costs nothing
  to who has all readings.
- It used from 0 to MOST_MWH.
- Of a meter that sends energies of intervals, as many readings have come as its numbers say there
  are; its register is not asked.

So a reading that is lost within an hour costs a register nothing. Who has all readings, as the
archive, and who hears them one after the other, as the hot job, say the same of an hour, but for
what is said of it when it is over, and for a register that was said to be lower than it had been
said to be at that reading or at one before: whether it rose again, or a word was wrong and is
taken back, is the archive's to know. To the hot job such an hour is not whole.
"""

from contracts.time import HOUR_MS, MINUTE_MS

READ_WITHIN_MS = 5 * MINUTE_MS
"""A twelfth of the hour, of which nobody can say on which side of its edge it was used."""
LONGEST_STEP_MS = HOUR_MS
"""Between two readings that follow each other: a longer one tells of no hour."""

JUDGED_HOURS = 4
"""Hours that are judged together, so that nobody has to remember what was said of those before."""
KEPT_HOURS = 24 + JUDGED_HOURS - 1
"""Hours that are handed on, up to the one that is over: a day up to each that is judged."""
NUMBER_TYPE = "<i4"
"""Of each of them, the earliest first: whole thousandths of a Wh, ..."""
NOT_WHOLE = -1
"""... or this."""
MOST_MWH = 2**31 - 1
