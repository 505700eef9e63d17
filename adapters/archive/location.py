"""Opens the archive of a namespace, wherever it is kept."""

from adapters.archive.disk import Disk
from adapters.archive.errors import ArchiveError
from adapters.archive.place import Place
from contracts.settings import Settings


def opened(settings: Settings) -> Place:
    """The archive of a namespace.

    Raises:
        ArchiveError: it is not on this machine.
    """
    if settings.archive_url is not None:
        raise ArchiveError(
            f"archive_url is {settings.archive_url}, and only an archive in {settings.archive_dir} "
            "can be read here: unset WATTSTREAM_ARCHIVE_URL"
        )
    return Disk(settings.archive_dir)
