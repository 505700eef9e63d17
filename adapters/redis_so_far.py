"""What running months have cost so far, in Redis: written by one process a namespace, and asked for
by whoever likes (`adapters.live_store`)."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import redis
from msgspec.json import Decoder, Encoder

from adapters.live_questions import Question
from contracts.so_far import (
    CustomerSoFar,
    SiteSoFar,
    customers_so_far_key,
    so_far_key,
    so_far_problems_key,
)

AT_ONCE = 1_000
"""Fields a command: nobody else waits long meanwhile."""

T = TypeVar("T")

_site = Decoder(SiteSoFar).decode
_customer = Decoder(CustomerSoFar).decode
_json = Encoder().encode


def write(
    client: "redis.Redis",
    namespace: str,
    site: SiteSoFar,
    customers: Mapping[int, CustomerSoFar],
) -> None:
    """Write a site's month, customers first: each entry says all of one customer by one run, so a
    reader in between finds some of an older one."""
    key = customers_so_far_key(namespace, site.site_id)
    left = iter(customers.items())
    while part := list(islice(left, AT_ONCE)):
        client.hset(key, items=[each for who, its in part for each in (str(who), _json(its))])
    gone = [who for who in client.hkeys(key) if int(who) not in customers]
    for first in range(0, len(gone), AT_ONCE):
        client.hdel(key, *gone[first : first + AT_ONCE])
    client.hset(so_far_key(namespace), site.site_id, _json(site))
    client.hdel(so_far_problems_key(namespace), site.site_id)


def write_problem(client: "redis.Redis", namespace: str, site_id: str, problem: str) -> None:
    """Say why a site's month is not newer."""
    client.hset(so_far_problems_key(namespace), site_id, problem)


def sites_so_far(namespace: str) -> Question[dict[str, SiteSoFar]]:
    """The running month of each site."""
    return Question((("HGETALL", so_far_key(namespace)),), _all_of(_site))


def problems_so_far(namespace: str) -> Question[dict[str, str]]:
    """Why the month of a site is not newer, by site; without those where all is well."""
    return Question(
        (("HGETALL", so_far_problems_key(namespace)),),
        lambda answers: {str(name): str(why) for name, why in answers[0].items()},
    )


def customers_so_far(namespace: str, site_id: str) -> Question[dict[int, CustomerSoFar]]:
    """The running month of each of a site's customers: many MB where these are many."""
    return Question(
        (("HGETALL", customers_so_far_key(namespace, site_id)),),
        lambda answers: {int(name): _customer(value) for name, value in answers[0].items()},
    )


def customer_so_far(
    namespace: str, site_ids: Sequence[str], customer_id: int
) -> Question[dict[str, CustomerSoFar]]:
    """The running month of a customer, by site; without sites that do not know them."""
    commands = tuple(
        ("HGET", customers_so_far_key(namespace, site_id), str(customer_id)) for site_id in site_ids
    )
    return Question(
        commands,
        lambda answers: {
            site_id: _customer(value)
            for site_id, value in zip(site_ids, answers, strict=True)
            if value is not None
        },
    )


def _all_of(decode: Callable[[Any], T]) -> Callable[[Sequence[Any]], dict[str, T]]:
    return lambda answers: {str(name): decode(value) for name, value in answers[0].items()}
