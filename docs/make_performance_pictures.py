"""Draws the pictures of docs/performance.md from the results beside them.

`uv run --group docs python docs/make_performance_pictures.py [PROFILE]`, where PROFILE is a file of
collapsed stacks of the task manager; without one the picture of the profile stays as it is.
"""

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from zlib import crc32

import matplotlib.pyplot as plt
import orjson

DOCS = Path(__file__).parent
RESULTS, PICTURES = DOCS / "performance", DOCS / "pictures"
COLOURS = {
    "flink-taskmanager": "#1f6fb4",
    "python-workers": "#e08214",
    "cassandra": "#3a923a",
    "redis": "#c03d3e",
    "kafka": "#8a8a8a",
}
STAGES = ("decode", "slices", "live", "history", "whole", "cold", "hot_and_cold")


def main() -> None:
    """Draw all of them."""
    plt.rcParams.update(
        {
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "legend.frameon": False,
            "savefig.dpi": 110,
        }
    )
    if (RESULTS / "pipeline.json").exists():
        draw_pipeline()
    for profile in map(Path, sys.argv[1:]):
        draw_profile(profile)


def draw_pipeline() -> None:
    """Where the time of the cores goes, by stage and process."""
    result = orjson.loads((RESULTS / "pipeline.json").read_bytes())
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
    plt.tight_layout()
    plt.savefig(PICTURES / "pipeline.png")
    plt.close()


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
    (r"Source: KafkaSource.*readings", "source of readings: decode, judge, add up"),
    (r"Source Data Fetcher.*", "Kafka consumer"),
    (r"WindowAggregate.*PythonCalc", "slices, and to Python"),
    (r"WindowAggregate.*minute_rows", "minutes"),
    (r"WindowAggregate.*", "areas"),
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
    plt.tight_layout()
    plt.savefig(PICTURES / "profile.png")
    plt.close()


def _draw_frames(axes: Any, samples: Counter[Frame], depth: int, left: float, total: int) -> None:  # noqa: ANN401
    below: dict[str, Counter[Frame]] = {}
    for frames, count in samples.items():
        if len(frames) > depth:
            below.setdefault(frames[depth], Counter())[frames] += count
    for name, its in sorted(below.items(), key=lambda item: -item[1].total()):
        share = its.total() / total
        if share < LEAST_SHARE or depth >= FRAMES:
            continue
        colour = plt.get_cmap("Pastel1")(crc32(name.encode()) % 9)
        axes.barh(depth + 0.5, share, left=left, height=0.94, color=colour, edgecolor="white")
        shown = f"{share:.0%} {name}" if depth < 1 else name
        axes.text(
            left + 0.002, depth + 0.5, shown[: int(share * CHARACTERS)], va="center", fontsize=7
        )
        _draw_frames(axes, its, depth + 1, left, total)
        left += share


def _thread(name: str) -> str:
    return next(short for pattern, short in THREADS if re.match(rf"\[?{pattern}", name))


def _short(frame: str) -> str:
    """Class and method."""
    return ".".join(frame.replace("/", ".").split(".")[-2:])


if __name__ == "__main__":
    main()
