"""Namespaces beside the one under load, for readings that come another way."""

from contracts.settings import Settings


def beside(settings: Settings, way: str) -> Settings:
    """Settings of a namespace for readings that come this way, stamped by the log.

    Args:
        settings: Of the namespace under load.
        way: A short word, such as `mqtt`, which its name ends with.
    """
    return settings.model_copy(
        update={
            "namespace": f"{settings.namespace}_{way}"[-31:].lstrip("_0123456789"),
            "readings_timestamp_type": "LogAppendTime",
        }
    )
