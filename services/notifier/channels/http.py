"""A try by HTTP."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import httpx

from adapters.authorities import authorities
from services.notifier.channels.sending import TIMEOUT_S, Sent

REFUSALS = frozenset({400, 413, 415, 422})
"""The message is at fault. With all else, a wrong token or a wrong address among it, somebody may
mend it within the day."""
LONGEST_RETRY_AFTER_S = 3_600.0


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Sent:
    """POST a body of JSON; a redirection is none that is followed, as what is signed or has a token
    is for one receiver."""
    try:
        answer = httpx.post(
            url,
            content=body,
            headers={"Content-Type": "application/json", **headers},
            timeout=TIMEOUT_S,
            verify=authorities(),
        )
    except httpx.TimeoutException:
        return Sent(f"no answer within {TIMEOUT_S:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        # What it says may have the address in it.
        return Sent(f"the receiver cannot be reached ({type(error).__name__})")
    if answer.is_success:
        return Sent()
    return Sent(
        f"the receiver answers {answer.status_code} {answer.reason_phrase}".strip(),
        answer.status_code in REFUSALS,
        _retry_after_s(answer.headers.get("Retry-After")),
    )


def _retry_after_s(said: str | None) -> float:
    """Seconds, or a date; what is neither says nothing."""
    if said is None:
        return 0.0
    try:
        wait_s = (
            float(said) if said.isdigit() else parsedate_to_datetime(said).timestamp() - time.time()
        )
    except ValueError:
        return 0.0
    return min(max(wait_s, 0.0), LONGEST_RETRY_AFTER_S)
