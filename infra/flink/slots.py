"""The slots of a cluster, which jobs wait for: how many they need, and who holds them."""

from collections.abc import Mapping

from adapters.flink import Slots


def shortage(needed: int, slots: Slots, held: Mapping[str, int]) -> str | None:
    """What jobs that need so many slots wait for, and what to do; None if there is room for them.

    Args:
        held: slots by the name of the job that holds them.
    """
    if needed <= slots.free:
        return None
    free = f"{slots.free:,} of {slots.total:,} are free"
    parts = [f"the jobs need {needed:,} slots, and {free}, so they wait"]
    if held:
        holders = ", ".join(f"{name} {number:,}" for name, number in sorted(held.items()))
        stops = dict.fromkeys(name.rpartition("-")[0] for name in sorted(held))
        commands = " or ".join(f"`wattstream stop -n {namespace}`" for namespace in stops)
        parts.append(f"the others are held by {holders}; {commands} frees some")
    parts.append(
        "to have more, raise WATTSTREAM_STACK_FLINK_SLOTS and run `wattstream down` and "
        "`wattstream up`"
    )
    return ". ".join(part[0].upper() + part[1:] for part in parts)
