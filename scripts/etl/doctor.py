"""`etl doctor`: what is missing on this machine or in this account, each with the next step."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from etl import show
from etl.failures import CommandFailed, explained

if TYPE_CHECKING:
    from etl.target import Target

_DISK_GB = 4  # environments 1.3 GB, builds 0.6 GB, the rest for files and the emulated warehouse
_WAKE_SECONDS = 120
_PROBE = "raw/.etl-doctor"  # never written: an upload that is begun and thrown away


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `next_step` is what to do if it is missing."""

    what: str
    state: Literal["ok", "missing", "not checked"]
    found: str
    next_step: str = ""


def run(stack_name: str | None, profile: str | None, as_json: bool) -> None:
    """Print what was found, and fail if something is missing."""
    findings: list[Finding] = []
    for finding in _findings(stack_name, profile):
        findings.append(finding)
        if not as_json:
            _print(finding)
    if as_json:
        show.as_json(findings)
    missing = [finding.what for finding in findings if finding.state == "missing"]
    if missing:
        raise CommandFailed(f"missing: {', '.join(missing)}")


def _print(finding: Finding) -> None:
    show.line(f"{finding.state:<11}  {finding.what}: {finding.found}")
    if finding.state != "ok" and finding.next_step:
        show.line(f"{'':<11}  → {finding.next_step}")


def _findings(stack_name: str | None, profile: str | None) -> Iterator[Finding]:
    is_checkout = yield from _checkout()
    yield from _tools(is_checkout)
    yield from _machine()
    if stack_name or profile:
        yield from _account(stack_name, profile)
    elif is_checkout:
        yield from _emulated()
    else:
        yield Finding("account", "not checked", "no stack was named", "etl doctor --stack NAME --profile PROFILE")


# ---------------------------------------------------------------- this machine


def _tools(is_checkout: bool) -> Iterator[Finding]:
    running = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}, {sys.executable}"
    yield Finding("Python", "ok", running)
    for name, needed_for, step in (
        ("python3.12", "`make setup` and `sam build`", "install Python 3.12 so that `python3.12` is on the PATH"),
        ("make", "`make demo`, `make test`", "install it: apt-get install make, xcode-select --install"),
    ):
        place = shutil.which(name)
        state: Literal["ok", "missing", "not checked"] = "ok" if place else "missing" if is_checkout else "not checked"
        yield Finding(name, state, place or f"not on the PATH; {needed_for} need it", step)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    told = chromium or "not found; only the tests of the page need it"
    yield Finding("Chromium", "ok" if chromium else "not checked", told, "scripts/install_chromium.sh")


def _checkout() -> Generator[Finding, None, bool]:
    """What `make setup` makes. Returns whether this is a checkout at all."""
    try:
        from local.cloud import ROOT
    except ModuleNotFoundError:
        told = "only the `etl` command is installed, without the emulated cloud"
        yield Finding("repository", "not checked", told, "clone it and run `make setup` to have `etl up`")
        return False
    yield Finding("repository", "ok", str(ROOT))
    for name, file in (("SAM", ".tools/sam/bin/sam"), ("MiniStack", ".tools/ministack/bin/ministack")):
        there = (ROOT / file).exists()
        yield Finding(name, "ok" if there else "missing", file if there else f"{file} is not there", "make setup")
    return True


def _machine() -> Iterator[Finding]:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    state: Literal["ok", "missing"] = "ok" if free >= _DISK_GB else "missing"
    yield Finding("disk", state, f"{free:.1f} GB free here", f"make room: about {_DISK_GB} GB are needed")
    try:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
        yield Finding("ports", "ok", "ports on 127.0.0.1 can be opened; free ones are taken, none is fixed")
    except OSError as error:
        yield Finding(
            "ports", "missing", f"no port on 127.0.0.1 can be opened: {error}", "look at firewall and sandbox"
        )
    proxy = next((name for name in ("HTTP_PROXY", "http_proxy") if os.environ.get(name)), None)
    if proxy and "127.0.0.1" not in os.environ.get("NO_PROXY", os.environ.get("no_proxy", "")):
        told = f"{proxy} is set, and 127.0.0.1 is not among its exceptions"
        yield Finding("proxy", "missing", told, "export NO_PROXY=127.0.0.1,localhost")


# ---------------------------------------------------------------- a stack


def _emulated() -> Iterator[Finding]:
    from etl.target import CLOUD_FOLDER, TargetError, find
    from local import cloud

    if cloud.running(CLOUD_FOLDER) is None:
        yield Finding(
            "emulated cloud", "not checked", "does not run", "etl up, or etl doctor --stack NAME for an account"
        )
        return
    yield Finding("emulated cloud", "ok", f"runs; its state is in {CLOUD_FOLDER}")
    try:
        target = find()
    except TargetError as error:
        yield Finding("stack", "missing", str(error), "etl up")
        return
    yield from _stack(target, "etl up")


def _account(stack_name: str | None, profile: str | None) -> Iterator[Finding]:
    from etl.target import find

    def identity() -> str:
        who = find(stack_name, profile).session.client("sts").get_caller_identity()
        return f"account {who['Account']}, {who['Arn']}"

    known = _tried("credentials", identity, "aws configure, aws sso login, or --profile NAME")
    yield known
    if known.state != "ok":
        yield Finding("stack", "not checked", "nobody to ask it as")
        return
    target = find(stack_name, profile)
    yield from _stack(target, f"sam deploy (docs/deploy.md), or name another: --stack NAME, not {target.stack_name}")


def _stack(target: "Target", deploy: str) -> Iterator[Finding]:
    def status() -> str:
        found = target.session.client("cloudformation").describe_stacks(StackName=target.stack_name)["Stacks"][0]
        if not found["StackStatus"].endswith("_COMPLETE") or "ROLLBACK" in found["StackStatus"]:
            raise CommandFailed(f"{target.stack_name} is {found['StackStatus']}")
        return f"{target.stack_name}, {found['StackStatus']}"

    stack = _tried("stack", status, deploy)
    yield stack
    if not _has_outputs(target):
        return
    bucket, allowed = target.bucket.name, "ask for the permission that it names; docs/deploy.md lists them"
    s3 = target.session.client("s3")

    def may_upload() -> str:
        upload = s3.create_multipart_upload(Bucket=bucket, Key=_PROBE)["UploadId"]
        s3.abort_multipart_upload(Bucket=bucket, Key=_PROBE, UploadId=upload)
        return "an upload under raw/ can be begun"

    def list_deliveries() -> str:
        s3.list_objects_v2(Bucket=bucket, Prefix="raw/", MaxKeys=1)
        return f"s3://{bucket} can be listed"

    def queues() -> str:
        depths = {name: queue.depth() for name, queue in target.dead_letters.items()}
        if any(depths.values()):
            told = ", ".join(f"{name} {depth}" for name, depth in depths.items() if depth)
            raise CommandFailed(f"messages were given up: {told}")
        return f"{len(depths)} dead-letter queues, all empty"

    def answers() -> str:
        began = time.monotonic()
        deadline = began + _WAKE_SECONDS
        target.warehouse.query("SELECT 1 AS one", lambda: deadline - time.monotonic())
        return f"{target.outputs['WorkgroupName']} answers after {time.monotonic() - began:.1f} s"

    yield _tried("bucket", list_deliveries, allowed)
    yield _tried("permission to upload", may_upload, allowed)
    yield _tried("dead-letter queues", queues, "docs/operations.md, then etl replay --dead-letters")
    yield _tried("warehouse", answers, "docs/operations.md; the Data API needs redshift-data and GetCredentials")


def _has_outputs(target: "Target") -> bool:
    """Whether the stack has come so far that it can be asked for its bucket."""
    from etl.target import TargetError

    try:
        return "BucketName" in target.outputs
    except TargetError:
        return False


def _tried(what: str, ask: Callable[[], Any], next_step: str) -> Finding:
    """Ask, and turn any answer but a good one into what is missing."""
    from botocore.exceptions import BotoCoreError, ClientError

    from retail_etl.errors import EtlError

    try:
        return Finding(what, "ok", ask())
    except (BotoCoreError, ClientError, EtlError, OSError) as error:
        return Finding(what, "missing", explained(error), next_step)
