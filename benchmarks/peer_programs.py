"""The programs of `benchmarks/peers`, and how they are run."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.errors import BenchmarkError
from benchmarks.peers.expected import DELAY_MS
from infra.settings import StackSettings

PEERS = Path(__file__).parent / "peers"
TIMEOUT_S = 900.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A program of `benchmarks/peers`."""

    name: str
    script: str
    arguments: tuple[str, ...]
    kind: str
    """`engine`: windows of a stream engine, or made by hand from its state by meter; `loop`: made
    without one; `tuned loop`: what a week more would make of that, in an engine or without."""
    seconds: float
    """Of log time, from its beginning, that it reads: so much as takes it a minute or so. A second
    more than some windows: what is read after the last window that counts flatters a peer."""
    delay_ms: int = DELAY_MS
    """How far behind its end a window closes at the latest."""

    def share(self, log_s: float) -> float:
        """Which part of a log that is so long."""
        return min(1.0, self.seconds / log_s)


PEER_PROGRAMS = (
    Peer("loop, 1 process", "loop.py", ("--processes", "1"), "loop", 91),
    Peer("loop, 2 processes", "loop.py", ("--processes", "2"), "loop", 151),
    Peer(
        "loop with msgspec, 2 processes",
        "loop.py",
        ("--processes", "2", "--decoder", "msgspec"),
        "tuned loop",
        151,
    ),
    Peer("bytewax, its windows", "bytewax_window.py", ("--processes", "2"), "engine", 21),
    Peer(
        "bytewax, windows by hand by meter",
        "bytewax_stateful.py",
        ("--processes", "2", "--key", "meter"),
        "engine",
        31,
    ),
    Peer(
        "bytewax, windows by hand by partition",
        "bytewax_stateful.py",
        ("--processes", "2", "--key", "partition"),
        "tuned loop",
        61,
    ),
    Peer("quixstreams", "quixstreams_peer.py", ("--processes", "2"), "engine", 16),
    Peer("pathway", "pathway_peer.py", ("--processes", "1"), "engine", 16, delay_ms=5_001),
)


def prepare(peer: Peer) -> None:
    """Install what a program needs, so that no run is the one that does.

    Raises:
        BenchmarkError: it cannot be installed, or not be run.
    """
    _output(peer, [*_script(peer), "--help"])


def run(peer: Peer, arguments: Sequence[str]) -> list[dict[str, Any]]:
    """Run a program to its end; what its processes say, as `benchmarks/peers/README.md` has it.

    Raises:
        BenchmarkError: it fails, does not end in time, or says nothing.
    """
    said = _output(peer, [*_script(peer), *arguments, *peer.arguments])
    lines = [orjson.loads(line) for line in said.splitlines() if line.startswith("{")]
    if not any(line["last_s"] is not None for line in lines):
        raise BenchmarkError(f"{peer.name} has written nothing: {said.strip()[-2_000:]}")
    return lines


def _script(peer: Peer) -> list[str]:
    # The set-up puts uv there where it finds none.
    uv = shutil.which("uv") or str(StackSettings().local_dir / "uv" / "bin" / "uv")
    return [uv, "run", "--quiet", "--script", str(PEERS / peer.script)]


def _output(peer: Peer, command: Sequence[str]) -> str:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        said, complained = process.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise BenchmarkError(f"{peer.name} has not ended within {TIMEOUT_S:.0f} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode != 0:
        raise BenchmarkError(f"{peer.name} failed: {complained.strip()[-2_000:]}")
    return said
