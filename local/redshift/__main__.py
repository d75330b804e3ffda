"""``python -m local.redshift --port N --data FILE --s3-endpoint URL``: the emulator alone.

Prints one line when it is ready, with the port (``--port 0`` picks a free one); ends on SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import argparse
import functools
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import duckdb

from .server import Server


def client(service: str, endpoint: str | None) -> Any:
    """A boto3 client for the emulated cloud, with dummy credentials unless the environment has others."""
    import boto3

    for name, value in (("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")):
        os.environ.setdefault(name, value)
    region = os.environ.get("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))
    return boto3.Session().client(service, endpoint_url=endpoint, region_name=region)  # type: ignore[call-overload]  # any


def sender(endpoint: str | None) -> Callable[[dict[str, Any]], None] | None:
    """Puts completion events on the bus at ``endpoint``; without one, WithEvent has nowhere to send them."""
    if not endpoint:
        return None
    events = functools.cache(lambda: client("events", endpoint))
    return lambda entry: events().put_events(Entries=[entry])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.redshift", description="The Redshift Data API over DuckDB")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument(
        "--data", type=Path, required=True, help="the file that holds everything; made if it is not there"
    )
    parser.add_argument("--s3-endpoint", help="where COPY and UNLOAD find S3")
    parser.add_argument("--events-endpoint", help="where WithEvent finds EventBridge")
    args = parser.parse_args()
    args.data.parent.mkdir(parents=True, exist_ok=True)
    s3 = functools.cache(lambda: client("s3", args.s3_endpoint))
    stopped = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        server = Server(args.data, s3, port=args.port, on_event=sender(args.events_endpoint))
    except (OSError, duckdb.Error) as failed:  # the port or the file is in use, or the file is something else
        print(f"redshift cannot start on port {args.port} with {args.data}: {failed}", file=sys.stderr)
        return 1
    with server:
        print(f"redshift ready on {server.url}", flush=True)
        while not stopped.wait(1):  # a signal that comes while Python goes to sleep is first seen when it wakes up
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
