"""How the pictures of the documents look, and where they are."""

from pathlib import Path

import matplotlib.pyplot as plt

PICTURES = Path(__file__).parent / "pictures"
BLUE, ORANGE, GREEN, RED, GREY = "#1f6fb4", "#e08214", "#3a923a", "#c03d3e", "#8a8a8a"


def set_style(*, grid: bool) -> None:
    """Let all that is drawn from here on look so."""
    plt.rcParams.update(
        {
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": grid,
            "grid.alpha": 0.25,
            "legend.frameon": False,
            "savefig.dpi": 110,
        }
    )


def save_picture(name: str) -> None:
    """Write what has been drawn, and begin anew."""
    PICTURES.mkdir(exist_ok=True)
    plt.tight_layout()
    plt.savefig(PICTURES / name)
    plt.close()
