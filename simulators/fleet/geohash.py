"""Geohashes of many points at once."""

import numpy as np
from numpy.typing import NDArray

ALPHABET = np.frombuffer(b"0123456789bcdefghjkmnpqrstuvwxyz", dtype=np.uint8)
LENGTH = 12
BITS = 5 * LENGTH // 2
"""Of latitude and of longitude: the even and the odd places of the geohash's bits."""


def encode(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.bytes_]:
    """12-character geohash of each point (degrees)."""
    bits = _spread(_cell(longitude, 180.0)) << np.uint64(1) | _spread(_cell(latitude, 90.0))
    shifts = np.arange(5 * (LENGTH - 1), -1, -5, dtype=np.uint64)
    letters = ALPHABET[(bits[:, None] >> shifts) & np.uint64(31)]
    geohashes: NDArray[np.bytes_] = np.ascontiguousarray(letters).view(f"S{LENGTH}").ravel()
    return geohashes


def _cell(degrees: NDArray[np.float64], limit: float) -> NDArray[np.uint64]:
    """Number of the cell among 2^30, as repeated halving finds it."""
    cells = np.floor((degrees + limit) / (2 * limit) * 2.0**BITS)
    cells = np.clip(cells, 0, 2.0**BITS - 1)
    width = 2 * limit / 2.0**BITS
    cells -= degrees < cells * width - limit
    cells += degrees >= (cells + 1) * width - limit
    numbers: NDArray[np.uint64] = np.clip(cells, 0, 2.0**BITS - 1).astype(np.uint64)
    return numbers


def _spread(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Move bit i to bit 2i."""
    for shift, mask in (
        (16, 0x0000_FFFF_0000_FFFF),
        (8, 0x00FF_00FF_00FF_00FF),
        (4, 0x0F0F_0F0F_0F0F_0F0F),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ):
        x = (x | x << np.uint64(shift)) & np.uint64(mask)
    return x
