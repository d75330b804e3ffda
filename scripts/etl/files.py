"""Files on this machine, without any cloud: clean one, profile one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from rich.progress import Progress

from etl import show
from etl.contracts import declared_in
from etl.failures import CommandFailed, errors
from retail_etl import naming
from retail_etl.adapters.folder import Folder
from retail_etl.cleaning import Cleaned
from retail_etl.cleaning import clean as clean_file
from retail_etl.contract import Contract, load_contract
from retail_etl.flows.clean import clean_delivery
from retail_etl.notifications import ObjectCreated
from retail_etl.profiling import Profile, draft_contract, profile_file


@dataclass(frozen=True)
class _WatchedFolder(Folder):
    """A folder that shows how far its objects are read."""

    bar: Progress

    @contextmanager
    def open(self, key: str, etag: str) -> Iterator[IO[bytes]]:
        path = self.path(key)
        with super().open(key, etag) as content:
            # A file for typing's sake: what Rich wraps is read like one.
            yield self.bar.wrap_file(
                cast("BinaryIO", content), path.stat().st_size, description=f"Cleaning {path.name}"
            )


class _Nowhere:
    """Takes what is written, and keeps nothing of it."""

    def write(self, content: bytes | memoryview, /) -> int:
        return len(content)


def clean(file: Path, out: Path, contract: Path | None, as_json: bool) -> None:
    """Clean a file into a folder that is laid out like the bucket."""
    declared, key = declared_in(contract), f"{naming.RAW}{file.name}"
    with show.progress() as bar:
        report = clean_delivery(ObjectCreated(str(out), key), _WatchedFolder(out, {key: file}, bar), declared)
    if as_json:
        show.as_json(report)
    else:
        show.report(report)
    if report.status != "cleaned":
        raise CommandFailed(f"{file} was {report.status}: {report.error}")


def would_become(file: Path, contract: Contract) -> Cleaned:
    """What cleaning makes of a file, without keeping any of it.

    Raises:
        DeliveryRefused: the file cannot be read as the contract says.
    """
    with show.progress() as bar, file.open("rb") as content:
        watched = bar.wrap_file(content, file.stat().st_size, description=f"Checking {file.name}")
        return clean_file(watched, contract, clean_out=_Nowhere(), rejects_out=_Nowhere())


def profile(file: Path, draft: Path | None, force: bool, as_json: bool) -> None:
    """Say what a file holds, and write a contract that fits it."""
    if draft is not None and draft.exists() and not force:
        raise CommandFailed(f"{draft} is there already: --draft names another file, --force writes over it")
    with show.progress() as bar, file.open("rb") as content:
        size = file.stat().st_size
        found = profile_file(bar.wrap_file(content, size, description=f"Reading {file.name}"), file.name)
    if as_json:
        show.as_json(found)
    else:
        show.profile(found)
    if draft is not None:
        _write_draft(file, found, draft)


def _write_draft(file: Path, found: Profile, draft: Path) -> None:
    written = draft_contract(found)
    # Written beside its place first: a draft that could not be used is never left behind.
    attempt = draft.with_name(f".{draft.name}.draft")
    try:
        attempt.write_text(written.text(), "utf-8")
        outcome = would_become(file, load_contract(attempt))
        share = outcome.rows_rejected / outcome.rows_read if outcome.rows_read else 0.0
        attempt.write_text(written.text(rejected_share=share), "utf-8")
        attempt.replace(draft)
    finally:
        attempt.unlink(missing_ok=True)
    errors.print(
        f"{show.plain(str(draft))} is a draft. By it, {outcome.rows_read:,} rows are {outcome.rows_clean:,} clean + "
        f"{outcome.rows_rejected:,} rejected + {outcome.duplicates_dropped:,} duplicates. To be answered by you:"
    )
    for question in written.questions:
        errors.print(f"- {show.plain(question)}")
