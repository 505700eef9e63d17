"""Randomness that depends only on what it is for, never on the order in which it is drawn."""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]


def text_hash(text: str) -> int:
    """64-bit hash of a text, the same in every process and on every machine."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def text_hashes(texts: NDArray[np.bytes_]) -> Hashes:
    """`text_hash` of each (ASCII)."""
    return np.fromiter(
        (text_hash(text) for text in texts.astype(str).tolist()), dtype=np.uint64, count=len(texts)
    )


def uniform(seed: int, purpose: str, *parts: Hashes) -> NDArray[np.float64]:
    """Numbers in [0, 1), one for each row of `parts`; equal arguments give equal numbers."""
    state = np.asarray(text_hash(f"{seed}:{purpose}"), dtype=np.uint64)
    for part in parts:
        state = _splitmix64(state ^ part)
    return (state >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(seed: int, purpose: str, *parts: Hashes) -> NDArray[np.float64]:
    """Standard normal numbers, as `uniform`; by Box and Muller."""
    radius = np.sqrt(-2 * np.log1p(-uniform(seed, purpose, *parts)))
    numbers: NDArray[np.float64] = radius * np.cos(
        2 * np.pi * uniform(seed, f"{purpose} angle", *parts)
    )
    return numbers


def _splitmix64(x: Hashes) -> Hashes:
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E37_79B9_7F4A_7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
        return x ^ (x >> np.uint64(31))
