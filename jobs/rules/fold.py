"""Facts of one subject, one after the other, into alerts: what is open is kept in bytes.

A fact's kind says which rule it is for. Each rule is a module with a pure `step`; what it keeps is
a field of `Kept`.
"""

import msgspec

from contracts.alerts import Alert
from contracts.facts import FeederSlice
from jobs.rules import outage
from jobs.rules.book import Rules

LAYOUT = 1
"""Of what is kept; another number if bytes of before would be taken for what they are not."""


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of a subject."""

    layout: int
    feeder: outage.Feeder = outage.Feeder()


class _Headed(msgspec.Struct):
    kind: str


class _Laid(msgspec.Struct):
    layout: int


_head = msgspec.json.Decoder(_Headed).decode
_feeder_slice = msgspec.json.Decoder(FeederSlice).decode
_keep = msgspec.msgpack.Encoder().encode
_kept = msgspec.msgpack.Decoder(Kept).decode
_laid = msgspec.msgpack.Decoder(_Laid).decode


def fold(kept: bytes | None, fact: str | bytes, rules: Rules) -> tuple[bytes | None, list[Alert]]:
    """What is kept after a fact, and the versions of alerts that it makes.

    Args:
        kept: What was kept before; None before the first fact.
        fact: A value of the topic of facts. One of a kind that no rule is for changes nothing.

    Raises:
        msgspec.ValidationError, msgspec.DecodeError: it is no fact.
        ValueError: `kept` is of another layout.
    """
    if _head(fact).kind != FeederSlice.kind:
        return kept, []
    before = Kept(LAYOUT) if kept is None else _restored(kept)
    feeder, alerts = outage.step(before.feeder, _feeder_slice(fact), rules)
    return _keep(msgspec.structs.replace(before, feeder=feeder)), alerts


def _restored(kept: bytes) -> Kept:
    layout = _laid(kept).layout
    if layout != LAYOUT:
        raise ValueError(
            f"the state of alerts has layout {layout}, and these rules know {LAYOUT}: go on with "
            "the build that wrote it, or let the watch job begin anew without its state"
        )
    return _kept(kept)
