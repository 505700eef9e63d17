from contracts.settings import Settings
from contracts.topics import all_topics
from services.namespaces import is_ours, namespaces


def test_namespaces_are_found_by_their_readings() -> None:
    settings = Settings(namespace="mine")
    topics = ["mine.readings", "a2_b.readings", "2a.readings", "mine.meters", "x.readings.old"]
    found = [each.namespace for each in namespaces(topics, settings)]
    assert found == ["mine", "a2_b"]


def test_a_topic_of_somebody_else_is_no_namespace() -> None:
    settings = Settings(namespace="mine")
    names = {topic.name for topic in all_topics(settings)}
    assert is_ours(names, settings)
    assert not any(is_ours(names - {name}, settings) for name in names)
