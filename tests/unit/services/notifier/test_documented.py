"""The examples of docs/notifications.md are a file that can be used."""

import re
import tomllib

from contracts.settings import PROJECT
from contracts.time import MINUTE_MS
from services.notifier.rule_file import read_rules
from services.notifier.rules import Customers, Rule


def test_the_example_can_be_used_and_names_all_of_a_rule() -> None:
    page = (PROJECT / "docs" / "notifications.md").read_text()
    example, of_customers = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    notify = read_rules(example + of_customers)

    assert [rule.name for rule in notify.rule] == ["outages", "rest"]
    assert notify.rule[0].update_every == 5 * MINUTE_MS
    assert notify.rule[0].model_fields_set == set(Rule.model_fields)
    assert notify.customers is not None
    assert {each.alias or name for name, each in Customers.model_fields.items()} == tomllib.loads(
        of_customers
    )["customers"].keys()
    usual = Customers(channels=notify.customers.channels)
    assert notify.customers == usual
