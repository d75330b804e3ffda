"""The wire: JSON 1.1 over HTTP, as boto3's ``redshift-data`` client speaks it.

Every answer to something that a client can send is a documented exception; HTTP 500 is left for our own mistakes.
``POST /_faults`` with ``{"kind": …, "count": …, "seconds": …}`` arms a fault, ``DELETE /_faults`` clears them.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from .api import Answer, Api
from .engine import Engine
from .errors import ApiError, invalid
from .faults import Dropped

MAX_BODY = 8_000_000  # a full batch is 40 statements of 100 KB


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    api: ClassVar[Api]

    def do_DELETE(self) -> None:
        self._respond(self._clear)

    def do_POST(self) -> None:
        self._respond(self._arm if self.path == "/_faults" else self._operation)

    def _respond(self, answer: Callable[[], Answer]) -> None:
        try:
            self._answer(200, answer())
        except Dropped:
            self.close_connection = True
        except ApiError as refused:
            self._refuse(refused)
        except Exception as broken:  # the server goes on, and says that this was its own mistake
            self._refuse(ApiError("InternalServerException", f"{type(broken).__name__}: {broken}", 500))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server itself refuses: a broken request line, a method that nobody knows."""
        self.close_connection = True
        self._refuse(ApiError("UnknownOperationException", message or "Bad request", 405 if code == 501 else code))

    def _operation(self) -> Answer:
        request = self._json()
        return self.api.call(self.headers.get("X-Amz-Target", "").removeprefix("RedshiftData."), request)

    def _clear(self) -> Answer:
        if self.path != "/_faults":
            raise ApiError("UnknownOperationException", f"DELETE {self.path} is no operation of the Data API", 404)
        self.api.engine.faults.clear()
        return {}

    def _arm(self) -> Answer:
        fault = self._json()
        try:
            self.api.engine.faults.arm(
                str(fault["kind"]), count=int(fault.get("count", 1)), seconds=float(fault.get("seconds", 0))
            )
        except (AttributeError, KeyError, ValueError, TypeError) as wrong:
            raise invalid(f"not a fault: {wrong}") from None
        return {}

    def _json(self) -> Any:
        length = self.headers.get("Content-Length", "" if "Transfer-Encoding" in self.headers else "0")
        if not (length.isascii() and length.isdecimal()) or int(length) > MAX_BODY:
            self.close_connection = True  # what follows cannot be told from the body
            if length.isdecimal():
                raise ApiError("RequestEntityTooLargeException", f"The request is over {MAX_BODY} bytes", 413)
            raise ApiError("SerializationException", "The request needs a Content-Length", 411)
        try:
            return json.loads(self.rfile.read(int(length)).decode() or "{}")
        except (ValueError, RecursionError):
            raise ApiError("SerializationException", "The request is not JSON in UTF-8") from None

    def _refuse(self, refused: ApiError) -> None:
        body = {"__type": refused.code, "message": str(refused), "Message": str(refused), **refused.members}
        self._answer(refused.status, body, refused.code)

    def _answer(self, status: int, body: Answer, error: str = "") -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        if error:
            self.send_header("x-amzn-ErrorType", error)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Quiet: the client sees every answer."""


class _Listener(ThreadingHTTPServer):
    """Closed, it has no thread left: clients keep their connections, and DuckDB wants to be let go by all."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, *arguments: Any) -> None:
        self._connections: set[Any] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


class Server:
    """The emulator, for the command line and in-process for tests. Listens on the loopback only.

    >>> with Server(folder / "redshift.duckdb", s3=lambda: boto3.client("s3")) as server:
    ...     client = boto3.client("redshift-data", endpoint_url=server.url)
    """

    def __init__(self, data: Path | str, s3: Callable[[], Any], *, port: int = 0, **settings: Any) -> None:
        """``settings`` are those of :class:`Engine`."""
        self.engine = Engine(data, s3, **settings)
        self.faults = self.engine.faults
        handler = type("BoundHandler", (Handler,), {"api": Api(self.engine)})
        self._listener = _Listener(("127.0.0.1", port), handler)
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, name="redshift", daemon=True
        )

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Server:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._listener.shutdown()
        self.engine.close()  # first: whoever waits for a statement has its answer, and is through
        self._listener.server_close()

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
