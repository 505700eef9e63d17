"""Models that judge: the manifest that says which version judges which hours.

`<models_dir>/<name>/<version>/` holds the files of a version, `<models_dir>/<name>/` the manifest.
An hour is judged by the version with the largest `valid_from_ms` that is not after its start, so
which one it was is a function of the hour and the manifest, whenever it is asked.
"""

from pydantic import BaseModel, ConfigDict

MANIFEST = "manifest.json"

UNUSUAL_USE = "unusual_use"
"""Name of the model of unusual use of electricity."""


class PublishedModel(BaseModel):
    """A version that judges hours from `valid_from_ms` on, until that of the next one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    """Its folder's name."""
    valid_from_ms: int
    """Start of an hour, epoch ms."""
    sha256: str
    """Of its files, as `detection.unusual.model_files.digest` has it."""


class ModelManifest(BaseModel):
    """The published versions, by `valid_from_ms`; replaced as a whole, atomically."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    versions: tuple[PublishedModel, ...] = ()
