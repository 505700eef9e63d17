"""Who has an answer is sent no other one, as long as it would be the same."""

import pytest
from msgspec.json import encode

from contracts.digest import RollUp, Total, rollup_key, totals_key
from contracts.geohash import box_of
from contracts.live import LiveGroup, group_key
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import AREA, FEEDER, NAMESPACE, REGION, STREAM

BBOX = "/v1/areas?bbox=-0.5,51.3,0.3,51.7"


@pytest.fixture
def token(api: Api) -> str:
    return api.town.token()[1]


@pytest.mark.parametrize("others", ["{}", 'W/"a, b", {}', '"x",{} ,W/"y"'])
def test_a_tag_is_known_among_others(api: Api, token: str, others: str) -> None:
    tag = api.get(BBOX, token).headers["ETag"]
    for each in (tag, tag.removeprefix("W/")):
        again = api.get(BBOX, token, headers={"If-None-Match": others.format(each)})
        assert (again.status_code, again.headers["ETag"]) == (304, tag)
    within = tag.removeprefix('W/"').removesuffix('"')
    other = api.get(BBOX, token, headers={"If-None-Match": f'"a, {within}", {within}'})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/areas", BBOX, f"/v1/areas/{AREA}/now", "/v1/areas?precision=3", "/v1/areas/gcp/now"),
        *("/v1/fleet/now", "/v1/regions", f"/v1/feeders/{FEEDER}/now"),
    ],
)
def test_what_changes_while_the_clock_stands_still_is_sent(api: Api, token: str, path: str) -> None:
    tag = api.get(path, token).headers["ETag"]
    n, client = NAMESPACE, api.town.client
    group = encode(LiveGroup(STREAM, 900.0, 3, 0, 0, 4_621.0))
    for of, name in (("area", AREA), ("feeder", FEEDER), ("region", REGION)):
        client.hset(group_key(n, of, "electricity"), name, group)  # type: ignore[arg-type]
    rolled = RollUp(STREAM, 900.0, 3, 0, 0, 4_621.0, 1, "u", box_of(AREA))
    client.hset(rollup_key(n, "electricity", 3), AREA[:3], encode(rolled))
    client.hset(totals_key(n, "electricity"), "*", encode(Total(STREAM, 3, 24_700.0)))
    api.forget()

    answer = api.get(path, token, headers={"If-None-Match": tag})

    assert answer.status_code == 200
    assert answer.headers["ETag"] != tag
