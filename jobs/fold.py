"""Facts of one subject, one after the other, into alerts: what is open is kept in bytes."""

from typing import Any

import msgspec

from contracts.alerts import Alert
from jobs.rules.all import RULES
from jobs.rules.book import Rules

LAYOUT = 2
"""Of what is kept; another number if bytes of before would be taken for what they are not."""


class Kept(msgspec.Struct, frozen=True):
    """What is kept of a subject, by rule."""

    layout: int
    rules: dict[str, msgspec.Raw]


class _Headed(msgspec.Struct):
    kind: str


class _Laid(msgspec.Struct):
    layout: int


_head = msgspec.json.Decoder(_Headed).decode
_facts = {rule.fact.kind: msgspec.json.Decoder(rule.fact).decode for rule in RULES}
_states = {rule.name: msgspec.msgpack.Decoder(rule.kept).decode for rule in RULES}
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
    kind = _head(fact).kind
    if kind not in _facts:
        return kept, []
    told = _facts[kind](fact)
    states = {} if kept is None else _restored(kept)
    alerts: list[Alert] = []
    for rule in (each for each in RULES if each.fact.kind == kind):
        before: Any = _states[rule.name](states[rule.name]) if rule.name in states else rule.kept()
        after, said = rule.step(before, told, rules)
        states[rule.name] = msgspec.Raw(_keep(after))
        alerts += said
    return _keep(Kept(LAYOUT, states)), alerts


def _restored(kept: bytes) -> dict[str, msgspec.Raw]:
    layout = _laid(kept).layout
    if layout != LAYOUT:
        raise ValueError(
            f"the state of alerts has layout {layout}, and these rules know {LAYOUT}: go on with "
            "the build that wrote it, or let the watch job begin anew without its state"
        )
    return _kept(kept).rules
