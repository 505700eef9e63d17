"""The page of the API's addresses: all that it loads is here, and may be loaded."""

import re

import pytest

from infra.vendored import digest, expected, packages
from services.api.app import make_app
from tests.unit.services.api.conftest import Api

OURS = sorted(name for each in packages() for name in each.files)


def test_the_page_loads_nothing_from_elsewhere(api: Api) -> None:
    answer = api.get("/docs")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    loaded = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert {each.rpartition("/")[2] for each in loaded} == {
        *("icon.svg", "swagger-ui.css", "swagger-ui.js", "docs.js", "openapi.json"),
    }
    for each in loaded:
        assert each.startswith("/")
        assert api.get(each).status_code == 200, each
    assert "<script>" not in answer.text and "style=" not in answer.text


def test_what_it_shows_needs_no_token_and_is_no_route_of_its_own(api: Api) -> None:
    told = api.get("/openapi.json").json()
    assert told["info"]["title"] == "WattStream"
    assert "/docs" not in told["paths"] and "/openapi.json" not in told["paths"]
    assert make_app(api.parts.settings).docs_url is None


@pytest.mark.parametrize("name", OURS)
def test_what_others_wrote_is_as_it_was_fetched(name: str) -> None:
    assert digest(name) == expected()[name]
