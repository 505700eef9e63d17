"""Draw `demo.svg`, the live table of a demonstration that is running."""

import io
import re
import time
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from contracts.settings import Settings
from wattstream.demo import NAMESPACE, REFRESH_S
from wattstream.watch import Watch

SETTINGS = Settings(namespace=NAMESPACE)
TARGET = Path(__file__).with_suffix(".svg")
WEB_FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)


def main() -> None:
    """Take the second picture: the first has no rate."""
    console = Console(width=88, record=True, file=io.StringIO())
    with Watch(SETTINGS) as watch:
        watch.picture()
        time.sleep(REFRESH_S)
        console.print(watch.picture())
    TARGET.write_text(WEB_FONTS.sub("", console.export_svg(title="make demo", theme=MONOKAI)))


if __name__ == "__main__":
    main()
