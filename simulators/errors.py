"""What can go wrong in a simulator, each with a message that says what to do."""

from collections.abc import Collection, Iterable

from contracts.errors import OperationError, RequestError


class OptionError(RequestError, ValueError):
    """An option has a value that cannot be used.

    A ValueError too: pydantic adds to one where in a file the value stands.
    """


def check_known(
    option: str, values: Iterable[object], known: Collection[object], separator: str = ", "
) -> None:
    """Refuse the first value that is not one of the known; None was not given.

    Raises:
        OptionError: there is one.
    """
    for value in values:
        if value is not None and value not in known:
            choices = separator.join(map(str, known))
            raise OptionError(f"{option} is {value!r}: give one of {choices}")


class FileError(RequestError):
    """A file of readings cannot be read as one."""


class TopicError(RequestError):
    """The topic is not there, or already holds newer arrivals than the run would write."""


class SendError(OperationError):
    """Kafka did not take a record, or another writer wrote to the same partition."""
