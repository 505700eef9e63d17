"""What can be asked, as the API itself says it."""

from tests.unit.services.api.conftest import Api


def test_the_index_says_whole_sentences(api: Api) -> None:
    about = {each["path"]: each["about"] for each in api.get("/v1").json()["items"]}
    assert [each for each in about.values() if not each.endswith(".")] == []
    assert about["/v1/meters/{meter_id}/quality"].endswith("of up to a year.")
