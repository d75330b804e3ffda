"""From dashboard_data/ to a folder: one publish, whole."""

from hashlib import sha256
from pathlib import Path

from retail_etl import naming
from retail_etl.adapters.store import ObjectStore
from retail_etl.errors import EtlError
from retail_etl.flows.publish import read_manifest
from retail_etl.publishing.manifest import Manifest


class NothingPublished(EtlError):
    """There is no publish to take, or none that is whole just now."""


def pull(bucket: ObjectStore, folder: Path) -> Manifest:
    """Write the files of the last publish into `folder`, under their names, and the manifest beside them.

    Raises:
        NothingPublished: there is none, or a new one is being written.
    """
    manifest, _ = read_manifest(bucket)
    if manifest is None:
        raise NothingPublished("no dashboards are published yet: they follow the first committed load")
    contents = {name: bucket.read(naming.DASHBOARD + name) for name in manifest.files}
    for name, found in contents.items():
        if found is None or sha256(found[0]).hexdigest() != manifest.files[name].sha256:
            raise NothingPublished(f"{name} is not the one that the manifest names: a publish is under way, try again")
    for name, found in contents.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise NothingPublished(f"the manifest names {name!r}, which lies outside the folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(found[0] if found else b"")
    (folder / "manifest.json").write_bytes(manifest.to_json())
    return manifest
