"""Readings of whoever cannot speak to Kafka: gateways, and systems of utilities."""

from typing import Annotated

from fastapi import APIRouter, Header, Request

from contracts.access import named_by
from services.api.answers.readings import Taken
from services.api.caller import Who, With, guarded
from services.api.problems import ProblemError
from services.api.readings.body import MOST_BYTES, MOST_LINES, content_of, readings_of
from services.api.readings.known import OtherBodyError

router = APIRouter(tags=["readings"])

UNLIMITED = 2**62
NDJSON = "application/x-ndjson"
EXAMPLE = (
    b'{"meter_id":"MAC000002","geohash":"gcpuyj2k41vd","commodity":"electricity",'
    b'"ts":1790000000000,"seq":59666666,"register":12345.678,"demand":438}\n'
)

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=100,
        pattern=r"^[\x21-\x7e]+$",
        description="The same one says that the body is the same, sent again; good for an hour. "
        "Without one a body is known by what it says.",
    ),
]


@router.post(
    "/v1/readings",
    status_code=202,
    # The framework would answer by a text that is no problem; `content_of` limits it.
    max_body_size=UNLIMITED,
    **guarded(
        "write:readings",
        also=("bad-request", "cross-site", "conflict", "too-large"),
        body={
            NDJSON: {
                "schema": {
                    "type": "string",
                    "description": "A reading a line, as `contracts/reading.schema.json` has it: "
                    f"{MOST_LINES:,} lines and {MOST_BYTES // 1024:,} KiB at most.",
                    "examples": [EXAMPLE.decode()],
                }
            }
        },
    ),
)
async def take_readings(
    parts: With, who: Who, request: Request, idempotency_key: IdempotencyKey = None
) -> Taken:
    """Take readings of meters that the token names, a JSON object a line. The answer is 202 once
    all of them are in the log of readings, each once, however often the body is sent again; one
    line that is wrong has the whole body refused."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise ProblemError(
            "bad-request", "The body has a Content-Encoding: send it as it is, without one."
        )
    content = await content_of(request.stream())
    lines = await readings_of(content, named_by(who.credential.meters or ()))
    intake = await parts.intakes.of(parts.of_namespace(who.namespace))
    try:
        number = await intake.take(who.one, idempotency_key, content, lines)
    except OtherBodyError as refusal:
        raise ProblemError("conflict", f"{refusal}") from None
    return Taken(readings=number)
