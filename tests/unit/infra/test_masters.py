"""The connector reads the tables that it is told, and writes one topic."""

from contracts.settings import PostgresSettings, Settings
from infra.masters import configuration

SETTINGS = Settings(
    namespace="london", postgres=PostgresSettings(url="postgresql://me:secret@db:5433/admin?x=y")
)


def test_it_reads_what_is_published_and_nothing_else() -> None:
    told = configuration(SETTINGS, ["premises", "tenant"])

    assert told["table.include.list"] == "public.premises,public.tenant"
    assert told["publication.autocreate.mode"] == "disabled"


def test_it_is_of_its_namespace_alone() -> None:
    told = configuration(SETTINGS, ["tenant"])

    assert told["transforms.route.replacement"] == "london.masters"
    names = ("database.dbname", "slot.name", "topic.prefix")
    assert [told[name] for name in names] == ["london"] * 3
    server = ("database.hostname", "database.port", "database.user", "database.password")
    assert [told[name] for name in server] == ["db", "5433", "me", "secret"]
