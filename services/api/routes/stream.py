"""The event stream: what is live, as it changes."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from msgspec.json import encode
from redis import RedisError
from starlette.responses import Response

from adapters import live_questions as ask
from adapters import redis_access
from contracts.alerts import Alert
from contracts.notes import Note
from services.api.alerts import Own, for_customer, own_meters, without_words
from services.api.answers.alerts import alert_now
from services.api.answers.shapes import Clock
from services.api.caller import Caller, Who, With, guarded, meter_of
from services.api.event_stream import EventStream
from services.api.feeds import (
    AlertNews,
    Frame,
    Look,
    areas_feed,
    clock_feed,
    event,
    fleet_feed,
    meter_feed,
    system_feed,
    top_feed,
)
from services.api.hub import FullError, Hub, Listener
from services.api.parts import Parts
from services.api.problems import FieldError, ProblemError
from services.api.topics import SCOPES, Topic, topics_of

router = APIRouter(tags=["stream"])

RETRY_MS = 3_000
FULL_AFTER_S = 5


@router.get(
    "/v1/stream",
    **guarded(also=("out-of-scope", "not-found", "streams-full"), answers=("text/event-stream",)),
    response_class=Response,
)
async def stream(
    parts: With,
    who: Who,
    request: Request,
    topics: Annotated[
        str,
        Query(
            max_length=1_000,
            description="Separated by commas: `fleet`, `areas:COMMODITY@PRECISION`, "
            "`top:COMMODITY`, `alerts`, `system`, `meter:ID` (ten at most).",
            examples=["fleet,areas:electricity@4,alerts"],
        ),
    ] = "fleet,alerts",
    last_event_id: Annotated[
        str | None,
        Header(max_length=50, description="Of the last alert that came: those since are sent."),
    ] = None,
) -> Response:
    """Tell of topics as they change, until who listens goes.

    Events are `hello`, `clock` (always), `fleet`, `areas` (`whole` at first, then what changed),
    `top`, `meter`, `system`, `alert` (the only ones with an `id`), `resync` (alerts were missed:
    ask for all), `away` (Redis does not answer; the topic is said again when it does) and `bye`. Of
    all but alerts the latest is what counts: a slow reader is told less often.
    """
    try:
        wanted = topics_of(topics)
    except ValueError as error:
        refused = FieldError(pointer="/query/topics", detail=str(error))
        raise ProblemError("not-valid", errors=[refused]) from None
    for topic in wanted:
        await _may(parts, who, topic)
    clock = await parts.clock(who.namespace)
    hub: Hub = request.app.state.hub
    try:
        listener = hub.join(who.one)
    except FullError as error:
        raise ProblemError(
            "streams-full", str(error), headers={"Retry-After": str(FULL_AFTER_S)}
        ) from None
    own = _OwnMeters({})
    try:
        hub.listen(listener, f"{who.namespace} clock", lambda: clock_feed(parts, who.namespace))
        for topic in wanted:
            if topic.name == "alerts":
                await own.look(parts, who)
                _listen_to_alerts(hub, listener, parts, who, own, last_event_id)
            else:
                hub.listen(listener, topic.key(who.namespace), _feed(parts, who, topic, hub))
    except BaseException:
        hub.leave(listener)
        raise
    said = {
        "namespace": who.namespace,
        "topics": topics.split(","),
        "clock": Clock.of(clock).model_dump(mode="json"),
    }
    hello = b"retry: %d\n" % RETRY_MS + event("hello", encode(said))
    return EventStream(hub, listener, hello, _still_may(parts, who, wanted, own))


@dataclass(slots=True)
class _OwnMeters:
    """The meters of a customer who listens, as of the last look."""

    meters: Own

    async def look(self, parts: Parts, who: Caller) -> None:
        if who.customer is not None:
            self.meters = await own_meters(parts, who.namespace, who.customer)


async def _may(parts: Parts, who: Caller, topic: Topic) -> None:
    for scope in SCOPES[topic.name]:
        if not who.may(scope):
            raise ProblemError("out-of-scope", f"The scope {scope} is needed.")
    if topic.name == "meter":
        await meter_of(parts, who, topic.meter_id)


def _still_may(
    parts: Parts, who: Caller, wanted: list[Topic], own: _OwnMeters
) -> Callable[[], Awaitable[bool]]:
    """Whether who listens may still do so: the token holds, and the meters are still its own. Of
    which meters alerts are told is looked at with it."""

    async def may() -> bool:
        try:
            found = await redis_access.find(parts.live, who.held, parts.now_ms())
            if found is None:
                return False
            for topic in wanted:
                if topic.name == "meter" and who.customer is not None:
                    known = await parts.live.ask(ask.known(who.namespace, topic.meter_id))
                    if not who.owns(known.entry):
                        return False
                if topic.name == "alerts":
                    await own.look(parts, who)
        except (RedisError, OSError):
            # Nothing is sent of what Redis has meanwhile.
            return True
        return True

    return may


def _feed(parts: Parts, who: Caller, topic: Topic, hub: Hub) -> Callable[[], Look]:
    namespace = who.namespace

    def make() -> Look:
        match topic.name:
            case "fleet":
                return fleet_feed(parts, namespace)
            case "areas":
                return areas_feed(parts, namespace, topic.commodity, topic.precision)
            case "top":
                return top_feed(parts, namespace, topic.commodity)
            case "system":
                return system_feed(parts, namespace, lambda: hub.open)
            case _:
                return meter_feed(parts, namespace, topic.meter_id)

    return make


def _alert_frame(alert: Alert, notes: Sequence[Note], an_id: str) -> Frame:
    return event("alert", alert_now(alert, notes).model_dump_json().encode(), an_id)


def _listen_to_alerts(
    hub: Hub, listener: Listener, parts: Parts, who: Caller, own: _OwnMeters, last_id: str | None
) -> None:
    def frame(news: AlertNews) -> Frame | None:
        alert, notes = news.alert, news.notes
        if who.customer is not None:
            seen = for_customer(alert, own.meters)
            if seen is None:
                return None
            return _alert_frame(seen, without_words(notes), f"{hub.run}-{news.number}")
        if news.whole is None:
            news.whole = _alert_frame(alert, notes, f"{hub.run}-{news.number}")
        return news.whole

    hub.listen_to_alerts(
        listener,
        who.namespace,
        lambda: parts.alerts(who.namespace),
        frame,
        last_id,
    )
