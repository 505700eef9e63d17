"""Which images those of ours are made of, and which the stores have: one list, `images.env`.

A digest is asked of its registry, never written by hand: `python -m infra.deploy.images pin`.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from contracts.settings import PROJECT
from infra.errors import StackError

LIST = PROJECT / "infra" / "deploy" / "images.env"
STORES = PROJECT / "infra" / "deploy" / "kubernetes" / "components" / "stores"
_REFERENCE = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9./:-]*?):(?P<tag>[A-Za-z0-9_][\w.-]*)(@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True, slots=True)
class Image:
    """An image of somebody else: a tag, which may come to mean another one, and what it meant."""

    name: str
    tag: str
    digest: str | None = None

    @classmethod
    def parse(cls, reference: str) -> Self:
        """`NAME:TAG`, or `NAME:TAG@sha256:DIGEST`.

        Raises:
            StackError: it is neither.
        """
        if (found := _REFERENCE.fullmatch(reference)) is None:
            raise StackError(f"{reference!r} is no image: give NAME:TAG or NAME:TAG@sha256:DIGEST")
        return cls(found["name"], found["tag"], found["digest"])

    def __str__(self) -> str:
        return f"{self.name}:{self.tag}" + (f"@{self.digest}" if self.digest else "")


def images(text: str) -> dict[str, Image]:
    """Those of a list, by their variable.

    Raises:
        StackError: a line names none.
    """
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pairs = [line.partition("=") for line in lines]
    return {name: Image.parse(reference) for name, _, reference in pairs}


def pinned(text: str, digest_of: Callable[[Image], str]) -> str:
    """A list or a manifest with the digest behind each image that the list has, whatever stood
    there; all else stays.

    Args:
        digest_of: Asks for what a tag means now.
    """
    lines = []
    for line in text.splitlines(keepends=True):
        begin, mark, reference = _split(line)
        if mark:
            image = Image.parse(reference.strip())
            line = f"{begin}{mark}{Image(image.name, image.tag, digest_of(image))}\n"
        lines.append(line)
    return "".join(lines)


def _split(line: str) -> tuple[str, str, str]:
    if (found := re.match(r"(IMAGE_\w+)(=)(.*)", line)) is not None:
        return found[1], found[2], found[3]
    if (found := re.match(r"(\s*(?:- )?image)(: )(?!wattstream-)(.*)", line)) is not None:
        return found[1], found[2], found[3]
    return line, "", ""


def ask(image: Image) -> str:
    """What the registry says that the tag means, for all its platforms.

    Raises:
        StackError: Docker is not there, or the registry does not know the tag.
    """
    docker = shutil.which("docker")
    if docker is None:
        raise StackError("docker is not there; `pin` asks registries by `docker buildx imagetools`")
    asked = f"{image.name}:{image.tag}"
    outcome = subprocess.run(
        [
            *(docker, "buildx", "imagetools", "inspect", asked),
            *("--format", "{{.Manifest.Digest}}"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    digest = outcome.stdout.strip()
    if outcome.returncode != 0 or not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        said = outcome.stderr.strip() or digest
        raise StackError(f"there is no digest of {asked}: {said}")
    return digest


def files() -> list[Path]:
    """All that name images of others."""
    return [LIST, *sorted(STORES.glob("*.yaml"))]


def pin(digest_of: Callable[[Image], str] = ask) -> Mapping[str, Image]:
    """Write the digest of each image, all or none.

    Raises:
        StackError: one is not to be had.
    """
    known: dict[tuple[str, str], str] = {}

    def once(image: Image) -> str:
        key = (image.name, image.tag)
        if key not in known:
            known[key] = digest_of(image)
        return known[key]

    texts = {path: pinned(path.read_text(), once) for path in files()}
    for path, text in texts.items():
        path.write_text(text)
    return images(texts[LIST])


def main() -> None:
    """Show the images, or pin them: ask registries what each tag means, and write it down."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy.images", description=main.__doc__)
    parser.add_argument("task", choices=("show", "pin"))
    try:
        shown = pin() if parser.parse_args().task == "pin" else images(LIST.read_text())
    except StackError as error:
        sys.exit(str(error))
    for name, image in shown.items():
        print(f"{name} {image}{'' if image.digest else '  (not pinned)'}")


if __name__ == "__main__":
    main()
