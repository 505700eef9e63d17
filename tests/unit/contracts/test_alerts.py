"""What an alert is: its id, and the example of the contract."""

import re

import msgspec
import pytest

from contracts.alerts import Alert, alert_id, id_parts
from contracts.settings import PROJECT


@pytest.mark.parametrize("subject", ["sim-t-000143", "MAC1:export", "a:1:2"])
def test_an_id_says_kind_subject_and_when_it_was_opened(subject: str) -> None:
    assert id_parts(alert_id("outage", subject, 1_387_815_310_000)) == (
        "outage",
        subject,
        1_387_815_310_000,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "outage",
        "outage:sim-t-1",
        "outage::1",
        "flood:sim-t-1:1",
        "outage:a:-1",
        "outage:a:²",
        "outage:a:4102444800001",
        "outage:a:" + "9" * 130,
    ],
)
def test_what_is_no_id_is_refused_with_what_one_is(text: str) -> None:
    message = f"{text!r} is no id of an alert.*<kind>:<subject>:<opened_at_ms>.*outage, meter_sil"
    with pytest.raises(ValueError, match=message):
        id_parts(text)


def test_the_contracts_example_is_an_alert_and_as_it_is_written() -> None:
    text = (PROJECT / "contracts" / "README.md").read_text().split("\n## Alerts\n")[1]
    example = re.search(r"```json\n(.+?)```", text, re.DOTALL)
    assert example is not None

    alert = msgspec.json.decode(example[1], type=Alert)

    assert msgspec.json.decode(msgspec.json.encode(alert)) == msgspec.json.decode(example[1])
    assert alert.id == alert_id(alert.kind, alert.subject, alert.opened_at_ms)
