"""S3: the bucket that holds every file of the pipeline."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retail_etl.adapters.store import Condition, Conflict, Gone, ObjectHead, Upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

_PART_BYTES = 8 << 20  # S3 wants parts of at least 5 MiB, the last one excepted
_COPY_PART_BYTES = 1 << 30  # UploadPartCopy takes up to 5 GiB


class Bucket:
    """One S3 bucket."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self.name = name

    def uri(self, key: str) -> str:
        """Where an object stands, as COPY and people write it."""
        return f"s3://{self.name}/{key}"

    def head(self, key: str) -> ObjectHead | None:
        """What stands under a key, or None."""
        try:
            found = self._client.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if _status(error) == 404:
                return None
            raise
        return ObjectHead(
            key, found["ETag"].strip('"'), found["ContentLength"], found["LastModified"], found["Metadata"]
        )

    def list(self, prefix: str) -> Iterator[ObjectHead]:
        """The objects whose keys start with `prefix`, in key order, without their metadata."""
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
            for item in page.get("Contents", ()):
                yield ObjectHead(item["Key"], item["ETag"].strip('"'), item["Size"], item["LastModified"], {})

    @contextmanager
    def open(self, key: str, etag: str) -> Iterator[IO[bytes]]:
        """The content of one version of an object, as a stream that is read as it comes.

        Raises:
            Gone: the key holds nothing, or another version.
        """
        try:
            body = self._client.get_object(Bucket=self.name, Key=key, IfMatch=f'"{etag}"')["Body"]
        except ClientError as error:
            if _status(error) in (404, 412):
                raise Gone(f"{self.uri(key)} is not there any more in version {etag}") from error
            raise
        with body:
            yield body  # type: ignore[misc] # StreamingBody reads like a file, but is no IO[bytes]

    def read(self, key: str) -> tuple[bytes, str] | None:
        """A small object whole, with its etag; None where there is none."""
        try:
            found = self._client.get_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if _status(error) == 404:
                return None
            raise
        with found["Body"] as body:
            return body.read(), found["ETag"].strip('"')

    def write(self, key: str, content: bytes, content_type: str, condition: Condition | None = None) -> str:
        """Write a small object whole and return its etag.

        Raises:
            Conflict: the condition does not hold.
        """
        with _conflicts(key):
            written = self._client.put_object(
                Bucket=self.name,
                Key=key,
                Body=content,
                ContentType=content_type,
                **_arguments(condition),
            )
        return written["ETag"].strip('"')

    def send(self, file: Path, key: str, content_type: str, sent: Callable[[int], object]) -> None:
        """Upload a file, its parts side by side, each checked by S3 against its SHA-256; `sent` is told of bytes sent.

        The object appears when all of it is there; stopped or failed before S3 is asked to put the parts together,
        never, and no parts are left.
        """
        from boto3.s3.transfer import ProgressCallbackInvoker, TransferConfig, create_transfer_manager

        parts = TransferConfig(multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES)
        with create_transfer_manager(self._client, parts) as transfers:
            sending = transfers.upload(
                str(file),
                self.name,
                key,
                extra_args={"ContentType": content_type, "ChecksumAlgorithm": "SHA256"},
                subscribers=[ProgressCallbackInvoker(sent)],
            )
            # Short waits: a Ctrl-C that comes while Python goes to sleep is first seen when it wakes up, and
            # `upload_file` would sleep until all is sent.
            while not sending.done():
                time.sleep(0.05)
            sending.result()

    @contextmanager
    def upload(self, key: str, content_type: str) -> Iterator[Upload]:
        """A stream to write an object with. It appears when `Upload.complete` is called; left earlier, never."""
        upload = BucketUpload(self._client, self.name, key, content_type, {})
        try:
            yield upload
        finally:
            upload.abort()

    def copy(self, source: ObjectHead, key: str, *, metadata: Mapping[str, str], condition: Condition) -> None:
        """Copy one version of an object within the bucket, whatever its size, with new metadata.

        CopyObject takes no condition in every S3 there is, and at most 5 GB: parts are copied instead.

        Raises:
            Gone: the source is not there any more in this version.
            Conflict: the condition does not hold.
        """
        upload = BucketUpload(self._client, self.name, key, "text/csv; charset=utf-8", metadata)
        try:
            for start in range(0, source.size, _COPY_PART_BYTES):
                upload.copy_part(source, start, min(start + _COPY_PART_BYTES, source.size) - 1)
            upload.complete(condition)
        except ClientError as error:
            if _status(error) in (404, 412):
                raise Gone(f"{self.uri(source.key)} is not there any more in version {source.etag}") from error
            raise
        finally:
            upload.abort()

    def delete(self, key: str, etag: str | None = None) -> None:
        """Delete an object, or only this version of it; nothing happens where it is not there."""
        condition: dict[str, Any] = {"IfMatch": f'"{etag}"'} if etag else {}
        try:
            self._client.delete_object(Bucket=self.name, Key=key, **condition)
        except ClientError as error:
            if _status(error) not in (404, 409, 412):
                raise


class BucketUpload:
    """A multipart upload: `write` as much as you like, then `complete` to make the object appear."""

    def __init__(
        self, client: "S3Client", bucket: str, key: str, content_type: str, metadata: Mapping[str, str]
    ) -> None:
        self._client = client
        self._where: dict[str, Any] = {"Bucket": bucket, "Key": key}
        self._pending = bytearray()
        self._parts: list[CompletedPartTypeDef] = []
        self._id: str | None = client.create_multipart_upload(
            **self._where, ContentType=content_type, Metadata=metadata
        )["UploadId"]

    def write(self, content: bytes | memoryview) -> int:
        """Add to the object; a part is sent whenever enough has come together."""
        self._pending += content
        while len(self._pending) >= _PART_BYTES:
            self._send(bytes(self._pending[:_PART_BYTES]))
            del self._pending[:_PART_BYTES]
        return len(content)

    def copy_part(self, source: ObjectHead, first: int, last: int) -> None:
        """Add the bytes `first` to `last` of another object, without reading them here."""
        number = len(self._parts) + 1
        copied = self._client.upload_part_copy(
            **self._where,
            UploadId=self._upload_id(),
            PartNumber=number,
            CopySource={"Bucket": self._where["Bucket"], "Key": source.key},
            CopySourceIfMatch=f'"{source.etag}"',
            CopySourceRange=f"bytes={first}-{last}",
        )
        self._parts.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})

    def complete(self, condition: Condition | None = None) -> str:
        """Make the object appear, whole, and return its etag.

        Raises:
            Conflict: the condition does not hold.
        """
        if self._pending or not self._parts:
            self._send(bytes(self._pending))
            self._pending.clear()
        with _conflicts(self._where["Key"]):
            done = self._client.complete_multipart_upload(
                **self._where,
                UploadId=self._upload_id(),
                MultipartUpload={"Parts": self._parts},
                **_arguments(condition),
            )
        self._id = None
        return done["ETag"].strip('"')

    def abort(self) -> None:
        """Throw away what was sent; nothing happens once the upload is completed."""
        if self._id is not None:
            upload_id, self._id = self._id, None
            # 404: it was completed, and only the answer was lost.
            with suppress(self._client.exceptions.NoSuchUpload):
                self._client.abort_multipart_upload(**self._where, UploadId=upload_id)

    def _send(self, content: bytes) -> None:
        number = len(self._parts) + 1
        sent = self._client.upload_part(**self._where, UploadId=self._upload_id(), PartNumber=number, Body=content)
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})

    def _upload_id(self) -> str:
        if self._id is None:
            raise ValueError("the upload has ended")
        return self._id


@contextmanager
def _conflicts(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        # 404: If-Match against a key that holds nothing. 409: a concurrent conditional write was under way.
        if _status(error) in (404, 409, 412) and error.response["Error"]["Code"] != "NoSuchBucket":
            raise Conflict(f"{key} was written by somebody else meanwhile") from error
        raise


def _arguments(condition: Condition | None) -> dict[str, Any]:
    if condition is None:
        return {}
    return {"IfNoneMatch": "*"} if condition.etag is None else {"IfMatch": f'"{condition.etag}"'}


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
