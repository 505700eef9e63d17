"""Draws the pictures of docs/performance.md from the results beside them.

`uv run --group docs python docs/make_performance_pictures.py [PROFILE]`, where PROFILE is a file of
collapsed stacks of the task manager; without one the picture of the profile stays as it is.
"""

import re
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from zlib import crc32

import matplotlib.pyplot as plt
import orjson
from picture_style import BLUE, GREEN, GREY, ORANGE, RED, save_picture, set_style

RESULTS = Path(__file__).parent / "performance"
COLOURS = {
    "flink-taskmanager": BLUE,
    "python-workers": ORANGE,
    "cassandra": GREEN,
    "redis": RED,
    "kafka": GREY,
}
LOADS = ("#7fb3d9", BLUE, "#0b3c66")
STAGES = ("decode", "slices", "live", "history", "whole", "cold", "hot_and_cold")


def main() -> None:
    """Draw all of them."""
    set_style(grid=False)
    for name, draw in DRAWN.items():
        if (RESULTS / f"{name}.json").exists():
            draw(orjson.loads((RESULTS / f"{name}.json").read_bytes()))
            save_picture(f"{name}.png")
    for profile in map(Path, sys.argv[1:]):
        draw_profile(profile)


def draw_pipeline(result: dict[str, Any]) -> None:
    """Where the time of the cores goes, by stage and process."""
    stages = [stage for stage in STAGES if stage in result][::-1]
    _, axes = plt.subplots(figsize=(8, 3.4))
    left = [0.0] * len(stages)
    for process, colour in [*COLOURS.items(), ("others", "#d0d0d0")]:
        widths = [_cpu_s(result[stage]["cpu_s_per_million"], process) for stage in stages]
        axes.barh(stages, widths, left=left, color=colour, label=process)
        left = [before + width for before, width in zip(left, widths, strict=True)]
    for number, stage in enumerate(stages):
        text = f" {result[stage]['events_per_s'] / 1_000:,.0f} k events/s"
        axes.text(left[number], number, text, va="center")
    axes.set_xlabel("CPU seconds per million events")
    axes.set_xlim(right=1.25 * max(left))
    axes.legend(ncols=3, loc="upper right")


def draw_peers(result: dict[str, Any]) -> None:
    """How many times slower each contestant is: median, and all turns."""
    ratios = {
        name: ratio for name, ratio in result["ratios"].items() if ratio != [1.0] * len(ratio)
    }
    names = sorted(ratios, key=lambda name: statistics.median(ratios[name]), reverse=True)
    _, axes = plt.subplots(figsize=(8, 3.4))
    for number, name in enumerate(names):
        median = statistics.median(ratios[name])
        axes.barh(number, median, color=BLUE, alpha=0.35)
        axes.plot(ratios[name], [number] * len(ratios[name]), "|", color=BLUE, markersize=11)
        axes.text(max(ratios[name]), number, f"  {median:.2f}", va="center")
    axes.axvline(1, color="#444444", linewidth=0.8)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("our events/s divided by its, in the same turn")
    axes.set_xlim(right=1.12 * max(map(max, ratios.values())))


def draw_sustained(result: dict[str, Any]) -> None:
    """Growth of each job's lag by the rate that was sent."""
    _, axes = plt.subplots(figsize=(8, 3.4))
    trials = result["trials"]
    for job in trials[0]["slopes"]:
        points = [(trial["sent_per_s"] / 1_000, trial["slopes"][job]) for trial in trials]
        axes.plot(*zip(*sorted(points), strict=True), "o", label=job, alpha=0.7)
    axes.axhline(2_000, color=RED, linewidth=0.8, label="limit")
    axes.set_xlabel("thousand readings/s sent")
    axes.set_ylabel("lag grows by messages/s")
    axes.legend()


def draw_latency(result: dict[str, Any]) -> None:
    """From a reading's arrival to Redis: median and 99th percentile, by rules and load."""
    rules = dict.fromkeys((trial["slice_ms"], trial["on_time_ms"]) for trial in result["trials"])
    _, axes = plt.subplots(figsize=(8, 3.4))
    for number, (slice_ms, on_time_ms) in enumerate(rules):
        trials = [
            trial
            for trial in result["trials"]
            if (trial["slice_ms"], trial["on_time_ms"]) == (slice_ms, on_time_ms)
        ]
        for place, (trial, colour) in enumerate(zip(trials, LOADS, strict=False)):
            at, spread = number + (place - (len(trials) - 1) / 2) * 0.25, trial["reading_to_redis"]
            axes.bar(at, spread["p99_s"], 0.22, color=colour, alpha=0.35)
            axes.bar(
                at, spread["p50_s"], 0.22, color=colour, label=f"{trial['readings_per_s']:,}/s"
            )
    axes.axhline(5, color=RED, linewidth=0.8)
    axes.set_xticks(
        range(len(rules)),
        [f"slice {slice_ms / 1e3:g} s\nbound {bound / 1e3:g} s" for slice_ms, bound in rules],
    )
    axes.set_ylabel("s, median and p99")
    handles, labels = axes.get_legend_handles_labels()
    by_load = dict(zip(labels, handles, strict=True))
    axes.legend(by_load.values(), by_load)


def draw_scale(result: dict[str, Any]) -> None:
    """Rate by number of meters and stage."""
    _, axes = plt.subplots(figsize=(8, 3.4))
    points = [p for p in result["points"] if p["parallelism"] == 2 and p["drain"]]
    for stage in dict.fromkeys(point["drain"]["stage"] for point in points):
        line = [point for point in points if point["drain"]["stage"] == stage]
        axes.plot(
            [point["plan"]["meters"] for point in line],
            [point["drain"]["events_per_s"] / 1_000 for point in line],
            "o-",
            label=stage,
        )
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("meters")
    axes.set_ylabel("thousand events/s")
    axes.legend()


DRAWN = {
    "pipeline": draw_pipeline,
    "peers": draw_peers,
    "sustained": draw_sustained,
    "latency": draw_latency,
    "scale": draw_scale,
}
"""By the name of the result and of the picture."""


def _cpu_s(used: dict[str, float], process: str) -> float:
    if process in COLOURS:
        return used.get(process, 0.0)
    return sum(seconds for name, seconds in used.items() if name not in COLOURS)


Frame = tuple[str, ...]
LEAST_SHARE, FRAMES, CHARACTERS = 0.004, 20, 225
UNTOLD = re.compile(
    r"Thread\.|Task\.|StreamTask|SourceStreamTask|MailboxP|start_thread|thread_native|GangW|0x|"
    r".*\.lambda|AbstractStreamTaskNetworkInput|StreamOneInputProcessor|OneInputStreamTask|"
    r"ThreadPoolExecutor|FutureTask|Executors|CopyingChainingOutput|ChainingOutput|CountingOutput|"
    r"RecordProcessorUtils|StreamTaskSourceInput"
)
"""Frames that every thread goes through."""
THREADS = (
    (r"Source: readings.*", "source of readings: decode, judge, add up"),
    (r"Source Data Fetcher.*", "Kafka consumer"),
    (r"MeterWindowAggregate.*", "meters, and to Python"),
    (r"groups.*", "areas, feeders, regions, and to Python"),
    (r"(GC Thread|VM Thread).*", "garbage collector"),
    (r"C[12] Compiler.*", "JIT compiler"),
    (r".*", "others"),
)


def draw_profile(profile: Path) -> None:
    """A flame graph, upside down: what threads did, each frame below its caller."""
    samples: Counter[Frame] = Counter()
    for line in profile.read_text().splitlines():
        stack, count = line.rsplit(" ", 1)
        thread, *frames = stack.split(";")
        told = [name for name in map(_short, frames) if not UNTOLD.match(name)]
        samples[_thread(thread), *told] += int(count)
    total = sum(samples.values())
    _, axes = plt.subplots(figsize=(14, 7))
    _draw_frames(axes, samples, 0, 0.0, total)
    axes.set_xlim(0, 1)
    axes.set_ylim(FRAMES, 0)
    axes.axis("off")
    save_picture("profile.png")


def _draw_frames(axes: Any, samples: Counter[Frame], depth: int, left: float, total: int) -> None:  # noqa: ANN401
    below: dict[str, Counter[Frame]] = {}
    for frames, count in samples.items():
        if len(frames) > depth:
            below.setdefault(frames[depth], Counter())[frames] += count
    for name, stacks in sorted(below.items(), key=lambda item: -item[1].total()):
        share = stacks.total() / total
        if share < LEAST_SHARE or depth >= FRAMES:
            continue
        colour = plt.get_cmap("Pastel1")(crc32(name.encode()) % 9)
        axes.barh(depth + 0.5, share, left=left, height=0.94, color=colour, edgecolor="white")
        shown = f"{share:.0%} {name}" if depth < 1 else name
        axes.text(
            left + 0.002, depth + 0.5, shown[: int(share * CHARACTERS)], va="center", fontsize=7
        )
        _draw_frames(axes, stacks, depth + 1, left, total)
        left += share


def _thread(name: str) -> str:
    return next(short for pattern, short in THREADS if re.match(rf"\[?{pattern}", name))


def _short(frame: str) -> str:
    """Class and method."""
    return ".".join(frame.replace("/", ".").split(".")[-2:])


if __name__ == "__main__":
    main()
