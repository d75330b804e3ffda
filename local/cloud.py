"""The emulated cloud's processes: MiniStack and the embedded Redshift, on loopback, with their state in one folder.

    python -m local.cloud DIR [--detached]

starts both, writes DIR/cloud.json when they answer, and ends them when it is told to (SIGTERM, SIGINT) or when its
standard input closes: with its parent, however that died. With --detached it stays until `stop`. Should it be killed
itself, cloud.json lists what it started, and the next start ends that first.
"""

import argparse
import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

ROOT = Path(__file__).parents[1]
HOST = "127.0.0.1"
REGION = "us-east-1"
_START_SECONDS = 120


class CloudError(Exception):
    """The emulated cloud cannot do what was asked; the message says what to do about it."""


@dataclass(frozen=True)
class Cloud:
    """A running emulated cloud. `processes` maps process ids to their start times: an id alone may be reused."""

    aws: str
    redshift: str
    processes: Mapping[str, float]

    def environment(self) -> dict[str, str]:
        """What boto3, the aws command line, SAM and the functions need to find it, and nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.aws,
            "AWS_ENDPOINT_URL_REDSHIFT_DATA": self.redshift,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            # A profile of the user's must not send anything to a real account.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def running(folder: Path) -> Cloud | None:
    """The emulated cloud whose state is in `folder`, if all of it runs."""
    cloud = _recorded(folder)
    return cloud if cloud and len(_alive(cloud)) == len(cloud.processes) else None


@contextmanager
def started(folder: Path) -> Iterator[Cloud]:
    """An emulated cloud that lives as long as the block, or as this process if that ends first."""
    process = _supervise(folder, stdin=subprocess.PIPE)
    try:
        yield _wait_for_record(folder, process)
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait()


def start(folder: Path) -> Cloud:
    """Start an emulated cloud that stays until `stop`, or return the one that runs already."""
    if cloud := running(folder):
        return cloud
    process = _supervise(folder, "--detached", stdin=subprocess.DEVNULL)
    try:
        cloud = _wait_for_record(folder, process)
    except BaseException:
        process.terminate()  # it ends what it has started
        process.wait()
        raise
    process.returncode = 0  # it outlives this process on purpose: Popen is not to complain of it
    return cloud


def stop(folder: Path) -> bool:
    """End whatever of the emulated cloud in `folder` still runs; say whether anything did."""
    cloud = _recorded(folder)
    alive = _alive(cloud) if cloud else []
    _end(alive)
    (folder / "cloud.json").unlink(missing_ok=True)
    return bool(alive)


def _supervise(folder: Path, *options: str, stdin: int) -> subprocess.Popen[bytes]:
    stop(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "cloud.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "local.cloud", str(folder), *options],
            cwd=ROOT,
            stdin=stdin,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_for_record(folder: Path, process: subprocess.Popen[bytes]) -> Cloud:
    def record() -> Cloud | None:
        if process.poll() is not None:
            raise CloudError(f"the emulated cloud did not start; {folder / 'cloud.log'} says why")
        return _recorded(folder)

    return _poll(record, "the emulated cloud")


def _recorded(folder: Path) -> Cloud | None:
    try:
        return Cloud(**json.loads((folder / "cloud.json").read_text("utf-8")))
    except FileNotFoundError:
        return None


def _alive(cloud: Cloud) -> list[psutil.Process]:
    found = []
    for pid, created in cloud.processes.items():
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(int(pid))
            if process.create_time() == created and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _end(processes: list[psutil.Process]) -> None:
    """End processes with all that they started: gently, then not."""
    family = set(processes)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            family.update(process.children(recursive=True))
    for signal_name in ("terminate", "kill"):
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                getattr(process, signal_name)()
        family = set(psutil.wait_procs(list(family), timeout=10)[1])


# ---------------------------------------------------------------- the supervisor's own side


def main() -> None:
    """Run the emulated cloud until told to end."""
    parser = argparse.ArgumentParser(prog="python -m local.cloud", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the state is kept")
    parser.add_argument("--detached", action="store_true", help="go on when standard input closes")
    arguments = parser.parse_args()
    folder: Path = arguments.folder.resolve()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    supervisor = _Supervisor(folder)
    try:
        supervisor.start()
        while supervisor.keep_running():
            if arguments.detached:
                time.sleep(0.5)
            elif select.select([sys.stdin], [], [], 0.5)[0] and not os.read(sys.stdin.fileno(), 1):
                return
        sys.exit("MiniStack has ended by itself")
    finally:
        supervisor.end()


class _Supervisor:
    """Starts the two processes, and Redshift again should it die: real Redshift comes back as well."""

    def __init__(self, folder: Path) -> None:
        aws_port, redshift_port = _ports(folder)
        self._folder = folder
        self._cloud = Cloud(f"http://{HOST}:{aws_port}", f"http://{HOST}:{redshift_port}", {})
        self._ports = aws_port, redshift_port
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start both, and say so once both answer."""
        self._launch_redshift()
        command = [str(ROOT / ".tools/ministack/bin/ministack")]
        self._launch("ministack", command, _ministack(self._folder, self._ports[0]))
        _poll(lambda: _answers(f"{self._cloud.aws}/_ministack/health"), "MiniStack")
        _poll(lambda: _listens(self._ports[1]), "the embedded Redshift")
        self._record()

    def keep_running(self) -> bool:
        """Whether the cloud is still there; Redshift is started again if it is not."""
        if self._children["redshift"].poll() is not None:
            self._launch_redshift()
            self._record()
        return self._children["ministack"].poll() is None

    def end(self) -> None:
        """End both and all that they started."""
        for child in self._children.values():
            with contextlib.suppress(psutil.NoSuchProcess):
                _end([psutil.Process(child.pid)])
        (self._folder / "cloud.json").unlink(missing_ok=True)

    def _launch_redshift(self) -> None:
        self._launch("redshift", _redshift(self._folder, self._ports[1], self._cloud.aws), {})

    def _launch(self, name: str, command: list[str], extra: Mapping[str, str]) -> None:
        environment = {**os.environ, **self._cloud.environment(), **extra}
        with (self._folder / f"{name}.log").open("ab") as log:
            self._children[name] = subprocess.Popen(  # noqa: S603 - fixed commands
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _record(self) -> None:
        processes = [psutil.Process(), *(psutil.Process(child.pid) for child in self._children.values())]
        started_at = {str(process.pid): process.create_time() for process in processes}
        # Renamed into place: who waits for the record never reads half of it.
        draft = self._folder / "cloud.json.draft"
        draft.write_text(json.dumps(asdict(replace(self._cloud, processes=started_at)), indent=2), "utf-8")
        draft.replace(self._folder / "cloud.json")


def _ports(folder: Path) -> tuple[int, int]:
    """The ports of MiniStack and Redshift: those of the last time, since a queue's URL that was deployed holds one."""
    file = folder / "ports.json"
    if file.exists():
        aws_port, redshift_port = json.loads(file.read_text("utf-8"))
        if not _listens(aws_port) and not _listens(redshift_port):
            return aws_port, redshift_port
    with socket.socket() as first, socket.socket() as second:
        for item in (first, second):
            item.bind((HOST, 0))
        ports = first.getsockname()[1], second.getsockname()[1]
    file.write_text(json.dumps(ports), "utf-8")
    return ports


def _redshift(folder: Path, port: int, aws: str) -> list[str]:
    data = str(folder / "redshift.duckdb")
    arguments = ["--port", str(port), "--data", data, "--s3-endpoint", aws, "--events-endpoint", aws]
    return [sys.executable, "-m", "local.redshift", *arguments]


def _ministack(folder: Path, port: int) -> dict[str, str]:
    state, temporary = folder / "ministack", _new_temporary(folder / "tmp")
    return {
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "S3_PERSIST": "1",
        "STATE_DIR": str(state),
        "S3_DATA_DIR": str(state / "s3"),
        "TMPDIR": str(temporary),
        "LOG_LEVEL": "INFO",
    }


def _new_temporary(parent: Path) -> Path:
    """A folder for what functions are unpacked to; those of earlier runs are deleted meanwhile.

    They hold thousands of files: on some disks it takes minutes.
    """
    parent.mkdir(parents=True, exist_ok=True)
    earlier = list(parent.iterdir())
    new = Path(tempfile.mkdtemp(dir=parent))

    def delete() -> None:
        for folder in earlier:
            shutil.rmtree(folder, ignore_errors=True)

    threading.Thread(target=delete, daemon=True).start()
    return new


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _listens(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex((HOST, port)) == 0


def _poll[Found](ask: Callable[[], Found | None], what: str) -> Found:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if found := ask():
            return found
        time.sleep(0.05)
    raise CloudError(f"{what} did not answer within {_START_SECONDS} seconds")


if __name__ == "__main__":
    main()
