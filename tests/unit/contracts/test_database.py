"""The schema's files: numbered, and with a list of what leaves that has no customer."""

import re

from contracts.capture import PUBLICATION
from contracts.database import schema_files
from contracts.master_files import FILES


def test_files_are_numbered_and_say_what_question_they_answer() -> None:
    files = schema_files()

    assert [int(file.name.split("_")[0]) for file in files] == list(range(1, len(files) + 1))
    for file in files:
        first = re.match(r"(?:-- .*\n)+", file.text)
        assert first is not None, file.name
        assert "?" in first[0], file.name
    assert len({file.sha256 for file in files}) == len(files)


def test_no_customer_no_words_of_people_and_no_bill_leaves() -> None:
    text = "\n".join(file.text for file in schema_files())
    found = re.search(rf"CREATE PUBLICATION {PUBLICATION} FOR TABLE\s+([\w,\s]+);", text)
    assert found is not None

    tables = set(re.split(r",\s*", found[1].strip()))

    made = set(re.findall(r"CREATE TABLE (\w+)", text))
    assert tables < made
    assert made - tables == {
        *("customer", "edit", "vee_rule", "run", "run_energy", "charge", "ledger_line"),
        *("later_line", "document", "document_tax", "document_file", "document_series"),
        "vee_exception",
        *("site_before", "premises_before", "edit_approval"),
        *("seller", "premises_address"),
    }


def test_every_column_that_a_file_may_have_is_one_of_its_table() -> None:
    text = "\n".join(file.text for file in schema_files())
    for file in FILES:
        found = re.search(rf"CREATE TABLE {file.table} \((.*?)^\);", text, re.DOTALL | re.MULTILINE)
        assert found is not None, file.table
        columns = set(re.findall(r"^    ([a-z_0-9]+) ", found[1], re.MULTILINE))
        assert set(file.record.model_fields) <= columns, file.table
        assert ("recorded_to" in columns) == file.recorded, file.table
