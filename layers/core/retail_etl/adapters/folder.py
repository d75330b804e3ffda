"""A folder on this machine that holds files as the bucket would: `etl clean` runs the same flow without any cloud."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest, md5
from pathlib import Path
from typing import IO

from retail_etl.adapters.store import Condition, Conflict, Gone, ObjectHead

_METADATA = ".metadata"  # what S3 keeps beside an object


@dataclass(frozen=True)
class Folder:
    """Objects as files below `root`. `given` are objects that stand elsewhere and are only read: the raw files."""

    root: Path
    given: Mapping[str, Path]

    def head(self, key: str) -> ObjectHead | None:
        """What stands under a key, or None."""
        path = self.path(key)
        if not path.is_file():
            return None
        with path.open("rb") as content:
            etag = file_digest(content, "md5").hexdigest()
        about = path.stat()
        metadata = self._metadata(key)
        return ObjectHead(
            key,
            etag,
            about.st_size,
            datetime.fromtimestamp(about.st_mtime, UTC),
            json.loads(metadata.read_text("utf-8")) if metadata.exists() else {},
        )

    def list(self, prefix: str) -> Iterator[ObjectHead]:
        """The objects whose keys start with `prefix`, in key order."""
        keys = (path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())
        for key in sorted(keys):
            if key.startswith(prefix) and (found := self.head(key)):
                yield found

    @contextmanager
    def open(self, key: str, etag: str) -> Iterator[IO[bytes]]:
        """The content of an object; raises Gone if it is not there in this version."""
        found = self.head(key)
        if found is None or found.etag != etag:
            raise Gone(f"{self.path(key)} is not there any more in version {etag}")
        with self.path(key).open("rb") as content:
            yield content

    def read(self, key: str) -> tuple[bytes, str] | None:
        """A small object whole, with its etag; None where there is none."""
        path = self.path(key)
        if not path.is_file():
            return None
        content = path.read_bytes()
        return content, md5(content, usedforsecurity=False).hexdigest()

    def write(self, key: str, content: bytes, content_type: str, condition: Condition | None = None) -> str:
        """Write a small object whole; raises Conflict if the condition does not hold."""
        with self.upload(key, content_type) as upload:
            upload.write(content)
            return upload.complete(condition)

    @contextmanager
    def upload(self, key: str, content_type: str) -> Iterator["FileUpload"]:
        """A stream to write an object with."""
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name[:100]}.draft")
        try:
            with draft.open("wb") as stream:
                yield FileUpload(self, key, draft, stream)
        finally:
            draft.unlink(missing_ok=True)

    def copy(self, source: ObjectHead, key: str, *, metadata: Mapping[str, str], condition: Condition) -> None:
        """Copy an object with new metadata; raises Gone or Conflict."""
        with self.open(source.key, source.etag) as content, self.upload(key, "") as upload:
            shutil.copyfileobj(content, upload.stream)
            upload.complete(condition)
        about = self._metadata(key)
        about.parent.mkdir(parents=True, exist_ok=True)
        about.write_text(json.dumps(dict(metadata)), "utf-8")

    def delete(self, key: str, etag: str | None = None) -> None:
        """Delete an object, or only this version of it."""
        found = self.head(key)
        if found and etag in (None, found.etag):
            self.path(key).unlink()
            self._metadata(key).unlink(missing_ok=True)

    def path(self, key: str) -> Path:
        """Where the file of an object is; raises ValueError for a key that leads out of the folder."""
        if key in self.given:
            return self.given[key]
        path = (self.root / key).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise ValueError(f"{key!r} leads out of {self.root}")
        return path

    def _metadata(self, key: str) -> Path:
        return self.root / _METADATA / f"{key}.json"


@dataclass(frozen=True)
class FileUpload:
    """A file that is being written beside its place."""

    folder: Folder
    key: str
    draft: Path
    stream: IO[bytes]

    def write(self, content: bytes | memoryview, /) -> int:
        """Add to the object."""
        return self.stream.write(content)

    def complete(self, condition: Condition | None = None) -> str:
        """Move the file to its place; raises Conflict if the condition does not hold."""
        there = self.folder.head(self.key)
        if condition and condition.etag != (there.etag if there else None):
            raise Conflict(f"{self.key} was written by somebody else meanwhile")
        self.stream.close()
        self.draft.replace(self.folder.path(self.key))
        done = self.folder.head(self.key)
        return done.etag if done else ""
