"""Opens the archive of a namespace, wherever it is kept."""

from urllib.parse import urlsplit

from adapters.archive.disk import Disk
from adapters.archive.errors import ArchiveError
from adapters.archive.place import Place
from contracts.settings import Settings

S3 = ("s3", "s3a", "s3p")
"""As Flink's plugins call it."""


def is_read(settings: Settings) -> bool:
    """Whether the archive is where it can be read, and not only written by Flink."""
    return settings.archive_url is None or urlsplit(settings.archive_url).scheme in S3


def opened(settings: Settings) -> Place:
    """The archive of a namespace.

    Raises:
        ArchiveError: it is neither on this machine nor on S3.
    """
    if settings.archive_url is None:
        return Disk(settings.archive_dir)
    location = urlsplit(settings.archive_location)
    if not is_read(settings):
        raise ArchiveError(
            f"archive_url is {settings.archive_url}, and only an archive on a disk or on S3 can be "
            "read here: set WATTSTREAM_ARCHIVE_URL to s3://BUCKET/FOLDER, or unset it"
        )
    # Who has an archive on a disk loads no client.
    from adapters.archive.bucket import Bucket, store_of

    store = store_of(location.netloc, location.path.strip("/"), settings.s3)
    return Bucket(store, settings.archive_location, settings.archive_copies_dir)
