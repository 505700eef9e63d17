"""Why a message was not counted, and how the rejects topic says it.

A record of the rejects topic has the original value, byte for byte (none if there was none, or if
it is too large: the headers say where it is), and these headers, all UTF-8 text. Topic, partition
and offset identify a reject: after a restart the same one may be written again.
"""

from typing import Literal, get_args

HEADER_REASON = "reason"
"""One of REASONS."""
HEADER_DETAIL = "detail"
"""A sentence: the field, the value, the limit."""
HEADER_TOPIC = "topic"
HEADER_PARTITION = "partition"
HEADER_OFFSET = "offset"
HEADER_ARRIVAL_MS = "arrival_ms"

Reason = Literal[
    "empty",  # no value, or one of no bytes
    "too_large",  # more than `contracts.topics.MAX_MESSAGE_BYTES`; the reject has no value
    "not_json",  # not one JSON value in UTF-8
    "not_an_object",  # JSON, but an array, string, number, boolean or null
    "unsupported_version",  # `v` is there and is not 1
    "missing",  # a required field is absent or null
    "wrong_type",  # a field has another JSON type than the schema's
    "out_of_range",  # the right type, a value outside the schema's limits
    "clock_ahead",  # event time ahead of the arrival by more than the allowed skew
    "clock_behind",  # event time behind the arrival by more than any delay, as of `ts` in seconds
    "arrival_went_back",  # arrival older than the partition already held, by more than the slack
]
REASONS: tuple[str, ...] = get_args(Reason)
