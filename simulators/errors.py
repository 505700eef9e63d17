"""What can go wrong in a simulator, each with a message that says what to do."""


class OptionError(ValueError):
    """An option has a value that cannot be used."""


class FileError(ValueError):
    """A file of readings cannot be read as one."""


class TopicError(ValueError):
    """The topic is not there, or already holds newer arrivals than the run would write."""


class SendError(RuntimeError):
    """Kafka did not take a record, or another writer wrote to the same partition."""
