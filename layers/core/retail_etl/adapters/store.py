"""What a flow wants of the place that holds the pipeline's files: an S3 bucket, or a folder on this machine.

Nothing is ever seen half-written: an object appears when its upload is completed, and a conditional write
(`Condition`) decides who was first when two writers want one key.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Protocol

from retail_etl.errors import EtlError


class Conflict(EtlError):
    """The object is not what the condition says it should be: somebody else wrote it meanwhile."""


class Gone(EtlError):
    """The object does not exist (any more), or not in this version."""


@dataclass(frozen=True)
class Condition:
    """Write only if the key still holds the object with this etag; None: only if it holds none."""

    etag: str | None


@dataclass(frozen=True)
class ObjectHead:
    """One object without its content. `etag` has no quotes; `size` is in bytes."""

    key: str
    etag: str
    size: int
    modified: datetime
    metadata: Mapping[str, str]


class Upload(Protocol):
    """An object that is being written, in as many pieces as you like."""

    def write(self, content: bytes | memoryview, /) -> int:
        """Add to the object."""

    def complete(self, condition: Condition | None = None) -> str:
        """Make the object appear, whole, and return its etag.

        Raises:
            Conflict: the condition does not hold.
        """


class ObjectStore(Protocol):
    """Objects by key."""

    def head(self, key: str) -> ObjectHead | None:
        """What stands under a key, or None."""

    def list(self, prefix: str) -> Iterator[ObjectHead]:
        """The objects whose keys start with `prefix`, in key order, without their metadata."""

    def open(self, key: str, etag: str) -> AbstractContextManager[IO[bytes]]:
        """The content of one version of an object, as a stream that is read as it comes.

        Raises:
            Gone: the key holds nothing, or another version.
        """

    def read(self, key: str) -> tuple[bytes, str] | None:
        """A small object whole, with its etag; None where there is none."""

    def write(self, key: str, content: bytes, content_type: str, condition: Condition | None = None) -> str:
        """Write a small object whole and return its etag.

        Raises:
            Conflict: the condition does not hold.
        """

    def upload(self, key: str, content_type: str) -> AbstractContextManager[Upload]:
        """A stream to write an object with. It appears when `Upload.complete` is called; left earlier, never."""

    def copy(self, source: ObjectHead, key: str, *, metadata: Mapping[str, str], condition: Condition) -> None:
        """Copy one version of an object, whatever its size, with new metadata.

        Raises:
            Gone: the source is not there any more in this version.
            Conflict: the condition does not hold.
        """

    def delete(self, key: str, etag: str | None = None) -> None:
        """Delete an object, or only this version of it; nothing happens where it is not there."""
