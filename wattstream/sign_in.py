"""An address of the page that signs in once."""

import time

from adapters import redis_access
from adapters.connect import async_redis_client
from contracts.access import CODE_MS, new_credential
from contracts.settings import Settings


async def sign_in_address(settings: Settings, name: str, customer: str | None = None) -> str:
    """The page, for an operator of this name, within a quarter of an hour. The code is in the
    fragment, which browsers send to nobody.

    Args:
        customer: For this customer instead, as the registry has it.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    now_ms = time.time_ns() // 1_000_000
    code, text = new_credential(
        settings.namespace,
        "code",
        name=name,
        role="operator" if customer is None else "customer",
        customer=customer,
        now_ms=now_ms,
        expires_ms=now_ms + CODE_MS,
    )
    client = async_redis_client(settings.redis)
    try:
        await redis_access.keep(client, settings.namespace, code)
    finally:
        await client.aclose()
    return f"{settings.api.url}/sign-in#code={text}"
