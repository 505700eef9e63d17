# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = [
#     "confluent-kafka==2.16.1",
#     "msgspec==0.22.0",
#     "orjson==3.11.4",
#     "redis[hiredis]==8.1.0",
# ]
# ///
"""The loop that a good engineer writes in a day: confluent-kafka, orjson, dicts, redis-py; and with
`--decoder msgspec` the one that is written in a week.

Partitions are split among processes for good, so a meter is always with one of them and nothing is
shared. A window closes when the earliest of the process's partitions has passed it by 3 s of
arrival. Nothing is stored: a killed process begins anew.
"""

import argparse
import multiprocessing
from collections.abc import Callable

import orjson
import work
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

BATCH = 10_000
"""Messages taken from librdkafka at a time."""


def main() -> None:
    """Run the processes and wait for them."""
    command = work.parser(__doc__)
    command.add_argument("--decoder", choices=("orjson", "msgspec"), default="orjson")
    options = command.parse_args()
    partitions = range(len(options.ends))
    shares = [list(partitions[share :: options.processes]) for share in range(options.processes)]
    processes = [multiprocessing.Process(target=_run, args=(options, share)) for share in shares]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit(1)


def _run(options: argparse.Namespace, partitions: list[int]) -> None:
    work.spare_collector()
    counts = work.Counts(options.until_ms)
    live = work.LiveWriter(options.redis_url, options.prefix, counts)
    consumer = Consumer(
        {
            "bootstrap.servers": options.bootstrap,
            "group.id": "peer-loop",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "fetch.min.bytes": 100_000,
            "fetch.wait.max.ms": 50,
            "fetch.message.max.bytes": 4_000_000,
        }
    )
    consumer.assign([TopicPartition(options.topic, p, OFFSET_BEGINNING) for p in partitions])
    decode = _decode if options.decoder == "orjson" else work.decode
    windows: dict[int, dict[str, work.Slice]] = {}
    arrivals = dict.fromkeys(partitions, 0)
    left = {partition: options.ends[partition] for partition in partitions}
    closed_ms = 0
    while any(left.values()):
        messages = consumer.consume(BATCH, timeout=0.1)
        if not messages:
            continue
        counts.begin()
        before = left.copy()
        _add(messages, options.ends, decode, counts, windows, arrivals, left)
        read = [p for p in partitions if before[p] and not left[p]]
        consumer.pause([TopicPartition(options.topic, partition) for partition in read])
        now_ms = min(arrivals.values()) - work.DELAY_MS
        if now_ms - closed_ms >= work.SLICE_MS:
            closed_ms = now_ms - now_ms % work.SLICE_MS
            for end_ms in sorted(end_ms for end_ms in windows if end_ms <= closed_ms):
                meters = windows.pop(end_ms)
                live.write((meter_id, end_ms, slice_) for meter_id, slice_ in meters.items())
    consumer.close()
    counts.print("loop")


def _add(
    messages: list[Message],
    ends: list[int],
    decode: Callable[[bytes | None], work.Reading],
    counts: work.Counts,
    windows: dict[int, dict[str, work.Slice]],
    arrivals: dict[int, int],
    left: dict[int, int],
) -> None:
    on_time = counts.on_time
    begin = work.begin
    for message in messages:
        if message.error() is not None:
            raise RuntimeError(message.error())
        partition, offset = message.partition(), message.offset()
        if offset >= ends[partition]:
            continue
        left[partition] = ends[partition] - offset - 1
        counts.messages += 1
        _, arrival_ms = message.timestamp()
        arrivals[partition] = arrival_ms
        reading = on_time(message.value(), arrival_ms, decode)
        if reading is None:
            continue
        end_ms = reading.ts - reading.ts % work.SLICE_MS + work.SLICE_MS
        meters = windows.get(end_ms)
        if meters is None:
            meters = windows[end_ms] = {}
        slice_ = meters.get(reading.meter_id)
        if slice_ is None:
            meters[reading.meter_id] = begin(reading)
        else:
            slice_.add(reading)


def _decode(value: bytes | None) -> work.Reading:
    """A reading, by orjson and the checks that the contract asks for.

    Raises:
        One of work.UNREADABLE: it is none.
    """
    message = orjson.loads(value)
    meter_id, geohash = message["meter_id"], message["geohash"]
    ts, seq, voltage_v = message["ts"], message["seq"], message.get("voltage_v")
    register, demand = message["register"], message["demand"]
    if not (
        type(meter_id) is str
        and 1 <= len(meter_id) <= 64
        and type(geohash) is str
        and 5 <= len(geohash) <= 12
        and message["commodity"] in ("electricity", "gas", "water")
        and type(ts) is int
        and 0 <= ts <= 4_102_444_800_000
        and type(seq) is int
        and 0 <= seq <= 2**53 - 1
        and type(register) in (int, float)
        and 0 <= register <= 100_000_000_000
        and type(demand) in (int, float)
        and -1_000_000_000 <= demand <= 1_000_000_000
        and (voltage_v is None or (type(voltage_v) in (int, float) and 0 <= voltage_v <= 1_000_000))
        and message.get("v", 1) == 1
    ):
        raise ValueError
    return work.Reading(meter_id, geohash, message["commodity"], ts, seq, register, demand)


if __name__ == "__main__":
    main()
