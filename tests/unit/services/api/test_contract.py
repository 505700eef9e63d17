"""Whatever is asked, no answer is an error of the server's, and none is another than OpenAPI says:
requests are made up from the schema, also such as it does not allow."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from contracts.access import SCOPES, Role
from contracts.settings import Settings
from services.api import database, hub
from services.api.app import make_app
from services.api.routes.readings import EXAMPLE, NDJSON
from tests.bills.billed import NUMBERS
from tests.support.chance import examples
from tests.unit.services.api.conftest import Api, serving
from tests.unit.services.api.test_answers import energy_of_a_day
from tests.unit.services.api.town import (
    ADA,
    AREA,
    BILLED,
    FEEDER,
    MINE,
    NEIGHBOURS,
    OUTAGE,
    OVER,
)

EXAMPLES = examples(16)
"""Of each operation and way of making it up, the same ones each time."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
THERE: dict[str, tuple[str, ...]] = {
    "meter_id": (MINE, NEIGHBOURS, BILLED, "unknown"),
    "geohash": (AREA, "gcpuz"),
    "feeder": (FEEDER,),
    "alert_id": (OUTAGE, OVER),
    "number": tuple(NUMBERS.values()),
}
"""What is there, which nobody would make up."""
OF_BILLS = {
    f"GET /v1/{each}" for each in ("bills", "bills/{number}", "bills/{number}/lines/{line}")
}
AWAY = {503, 504}
"""A store that is away, or slow on a busy machine, is none of the server's errors; here Cassandra,
Kafka and Flink are away."""

schemathesis.serializer.alias(NDJSON, "text/plain")

SPECIFICATION = make_app(Settings()).openapi()
SCHEMA = schemathesis.openapi.from_dict(SPECIFICATION)
OPERATIONS = {
    each.ok().label: each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok)
}


def ways() -> Iterator[tuple[str, GenerationMode]]:
    """Each operation as it allows it, and, where there is anything to be wrong, as it does not."""
    for path, of_path in SPECIFICATION["paths"].items():
        for method, operation in of_path.items():
            name = f"{method.upper()} {path}"
            yield name, GenerationMode.POSITIVE
            if operation.get("parameters") or "requestBody" in operation:
                yield name, GenerationMode.NEGATIVE


def test_every_operation_is_asked() -> None:
    assert {name for name, _ in ways()} == set(OPERATIONS)


@pytest.fixture(scope="module")
def server(redis_url: str, billed: Settings, patience: None) -> Iterator[Api]:  # noqa: ARG001
    """One that has bills."""
    with serving(redis_url, bills=billed) as api:
        yield api


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Notes go nowhere, and no stream goes on for ever: there is no place for one."""
    monkeypatch.setattr("services.api.alerts.say", lambda *_: None)
    monkeypatch.setattr(hub, "MOST_STREAMS", 0)
    # Some of what is asked for is never computed in time.
    monkeypatch.setattr(database, "COMPUTED_S", 5.0)
    yield


@pytest.mark.parametrize("role", ["operator", "customer"])
@pytest.mark.parametrize(("name", "mode"), list(ways()))
def test_no_answer_is_an_error_of_the_server_or_unheard_of(
    api: Api, name: str, role: Role, mode: GenerationMode
) -> None:
    energy_of_a_day(api)
    api.town.announce(BILLED, ADA)
    if role == "operator":
        _, token = api.town.token(role, *SCOPES, meters=("*",))
    else:
        customer = ADA if name in OF_BILLS else "c-mine"
        _, token = api.town.token(role, customer=customer)
    headers = {"Authorization": f"Bearer {token}", "X-WattStream": "1"}

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[name].as_strategy(generation_mode=mode), data=st.data())
    def ask(case: Any, data: st.DataObject) -> None:  # noqa: ANN401
        for part in case.path_parameters or {}:
            if part in THERE and data.draw(st.booleans()):
                case.path_parameters[part] = data.draw(st.sampled_from(THERE[part]))
        if name == "POST /v1/readings" and data.draw(st.booleans()):
            case.body = EXAMPLE.decode()
        response = case.call(base_url=api.url, headers=headers, timeout=120)
        checks = [each for each in CHECKS if each is not not_a_server_error]
        if response.status_code not in AWAY:
            checks = CHECKS
        case.validate_response(response, checks=checks)

    ask()
