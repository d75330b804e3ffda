"""What COPY reads from S3 and UNLOAD writes there, with S3's errors in Redshift's words."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .errors import SqlError, fail_if

BLOCK = 1 << 22


@dataclass(frozen=True)
class File:
    """An object's address and its content on this machine's disk, unpacked."""

    url: str
    path: Path


def split(url: str) -> tuple[str, str]:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not url.startswith("s3://") or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        raise SqlError(f"Invalid S3 path: {url}")
    return bucket, key


@contextlib.contextmanager
def errors() -> Iterator[None]:
    """S3's refusals as the statement's error."""
    try:
        yield
    except ClientError as failed:
        error = failed.response.get("Error", {})
        status = failed.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        what = f"{error.get('Message', '')},Status {status},Error {error.get('Code', '')}"
        raise SqlError(f"S3ServiceException:{what}") from None
    except BotoCoreError as failed:
        raise SqlError(f"S3 cannot be reached: {failed}") from None


def fetch(client: Any, url: str, folder: Path, *, manifest: bool, packed: bool) -> list[File]:
    """All objects whose keys start as the address does, or those that the manifest there names."""
    bucket, key = split(url)
    found = _named(client, bucket, key) if manifest else _with_prefix(client, bucket, key)
    files = []
    for i, (bucket, key) in enumerate(found):
        file = File(f"s3://{bucket}/{key}", folder / f"{i}.csv")
        with errors(), file.path.open("wb") as out:
            shutil.copyfileobj(client.get_object(Bucket=bucket, Key=key)["Body"], out, BLOCK)
        if packed:
            _unpack(file)
        files.append(file)
    return files


def _with_prefix(client: Any, bucket: str, key: str) -> list[tuple[str, str]]:
    with errors():
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    found = [(bucket, k) for k in keys if not k.endswith("/")]
    fail_if(not found, f"The specified S3 prefix '{key}' does not exist")
    return found


def _named(client: Any, bucket: str, key: str) -> list[tuple[str, str]]:
    """ "Using a manifest to specify data files": mandatory entries must exist; at least one file must be left."""
    with errors():
        text = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        entries = [(split(entry["url"]), entry.get("mandatory", False)) for entry in json.loads(text)["entries"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SqlError(f"Manifest file is not in correct json format: s3://{bucket}/{key}") from None
    found = []
    for where, mandatory in entries:
        try:
            client.head_object(Bucket=where[0], Key=where[1])
            found.append(where)
        except ClientError:
            if mandatory:
                what = f"S3ServiceException:The specified key does not exist: s3://{where[0]}/{where[1]}"
                raise SqlError(f"Problem reading manifest file - {what}") from None
    fail_if(not found, f"The manifest s3://{bucket}/{key} names no file that exists")
    return found


def _unpack(file: File) -> None:
    plain = file.path.with_suffix(".plain")
    try:
        with gzip.open(file.path) as packed, plain.open("wb") as out:
            shutil.copyfileobj(packed, out, BLOCK)
    except (OSError, EOFError, zlib.error):
        raise SqlError(f"Failed to decompress {file.url}: not in gzip format, or damaged") from None
    plain.replace(file.path)
