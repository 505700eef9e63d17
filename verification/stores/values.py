"""Values of JSON objects by the contract, and what of them is not by it."""

from typing import Any

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields


def values_of(found: dict[str, Any], contract: type[Struct]) -> dict[str, Any]:
    """Of a JSON object: the values of the contract's fields, and as `other_fields` the names of all
    others and, as `no <name>`, of those that must be there and are not."""
    known = {
        field.name: None if field.default is NODEFAULT else field.default
        for field in fields(contract)
    }
    absent = [
        f"no {field.name}"
        for field in fields(contract)
        if field.required and field.name not in found
    ]
    others = (*sorted(set(found) - set(known)), *absent)
    values = {name: found.get(name, default) for name, default in known.items()}
    return values | {"other_fields": others}
