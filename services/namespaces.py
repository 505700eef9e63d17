"""The namespaces that a broker has, by the names of its topics."""

import re
from collections.abc import Container, Iterable, Iterator

from contracts.settings import Settings
from contracts.topics import all_topics, readings


def namespaces(topics: Iterable[str], settings: Settings) -> Iterator[Settings]:
    """The settings of each namespace that may have these topics: those given, named after it."""
    suffix = readings(settings).name.removeprefix(settings.namespace)
    for topic in topics:
        if re.fullmatch(rf"[a-z][a-z0-9_]{{0,30}}{re.escape(suffix)}", topic):
            yield settings.model_copy(update={"namespace": topic.removesuffix(suffix)})


def is_ours(topics: Container[str], settings: Settings) -> bool:
    """Whether a namespace is there: another's topic of such a name is left alone."""
    return all(topic.name in topics for topic in all_topics(settings))
