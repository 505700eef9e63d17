"""Draws the pictures of docs/performance.md from the results beside them.

`uv run --group docs python docs/make_performance_pictures.py`
"""

from pathlib import Path

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
    draw_pipeline()


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


if __name__ == "__main__":
    main()
