"""Time zones by the rules of the package `tzdata`, which the project pins and runs name; those of
the machine, or of a library, may be others, and an old bill must come out the same on each."""

from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo


@lru_cache
def zone(name: str) -> ZoneInfo:
    """A time zone by its name of the IANA.

    Raises:
        LookupError: there is no such zone.
    """
    parts = name.split("/")
    path = files("tzdata.zoneinfo").joinpath(*parts)
    if not {"", ".."} & set(parts) and path.is_file():
        with path.open("rb") as file:
            try:
                return ZoneInfo.from_file(file, name)
            except ValueError:
                pass
    raise LookupError(f"{name!r}: give a name of the IANA, such as Europe/London")
