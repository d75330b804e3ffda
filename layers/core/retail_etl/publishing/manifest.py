"""What one publish wrote, and of which data: it is written last, and tells whether the other files are whole."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Self

from retail_etl.publishing.page import template
from retail_etl.publishing.views import shipped_views


@dataclass(frozen=True)
class PublishedFile:
    """One file. `rows` counts those of a CSV without its header, None for what is none; `etag` is the object's."""

    rows: int | None
    bytes: int
    sha256: str
    etag: str


@dataclass(frozen=True)
class Manifest:
    """One publish, whole.

    `as_of` is when the newest of its loads was committed (empty before the first), `loads` are the ids of the loads
    whose rows the data held, `made_by` tells one version of the views and the page from another, and `files` maps
    names below dashboard_data/ to what stands there.
    """

    published_at: str
    as_of: str
    loads: tuple[str, ...]
    made_by: str
    files: Mapping[str, PublishedFile]

    def to_json(self) -> bytes:
        """The manifest as UTF-8 JSON."""
        return json.dumps(asdict(self), indent=2).encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read a manifest.

        Raises:
            ValueError: this is none, or of another version of this product.
        """
        try:
            fields = json.loads(text)
            files = {name: PublishedFile(**entry) for name, entry in fields.pop("files").items()}
            return cls(**fields | {"files": files, "loads": tuple(fields["loads"])})
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a manifest: {error!r}") from error


def made_by() -> str:
    """The same for every publish that this version of the views and of the page makes."""
    digest = sha256("".join(template()).encode())
    for view in shipped_views():
        digest.update(view.select.encode())
    return digest.hexdigest()[:16]
