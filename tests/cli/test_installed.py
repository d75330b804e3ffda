"""`uv tool install .` gives an `etl` that works without the repository: the wheel, in an environment of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import SAMPLE, Etl

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a fresh environment, with the versions that are pinned; uv has them since `make setup`."""
    folder = tmp_path_factory.mktemp("installed")
    pinned = [line.split("\\")[0] for line in (ROOT / "requirements" / "dev.txt").read_text("utf-8").splitlines()]
    (folder / "pins.txt").write_text("\n".join(line for line in pinned if line[:1].isalpha()), "utf-8")
    _run(UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--out-dir", str(folder), str(ROOT))
    _run(UV, "venv", "--quiet", "--python", sys.executable, str(folder / "venv"))
    (wheel,) = folder.glob("*.whl")
    python = str(folder / "venv" / "bin" / "python")
    _run(UV, "pip", "install", "--quiet", "--python", python, "--constraint", str(folder / "pins.txt"), str(wheel))
    return folder / "venv" / "bin" / "etl"


def _run(*command: object) -> None:
    environment = {**os.environ, "UV_LINK_MODE": "hardlink", "VIRTUAL_ENV": str(Path(sys.executable).parents[1])}
    done = subprocess.run(  # noqa: S603 - our own commands
        list(map(str, command)), env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_it_needs_no_repository(installed: Path, etl: Etl, here: Path) -> None:
    site_packages = installed.parents[1] / "lib" / "python3.12" / "site-packages"
    assert not (site_packages / "local").exists()
    assert etl("--version", command=installed).stdout.startswith("etl ")
    report = json.loads(etl("clean", str(SAMPLE), "--out", "out", "--json", command=installed).stdout)
    assert report["rows_clean"] == 958
    etl("profile", str(SAMPLE), command=installed)
    etl("contract", "check", "purchases_sample.odcs.yaml", command=installed)
    etl("contract", "describe", command=installed)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["up"], "this needs the repository"),
        (["down"], "this needs the repository"),
        (["env"], "this needs the repository"),
        (["status"], "say which stack: --stack NAME"),
        (["status", "--stack", "nowhere"], "export AWS_DEFAULT_REGION"),
    ],
)
def test_what_needs_it_says_so(installed: Path, etl: Etl, arguments: list[str], says: str) -> None:
    assert says in etl(*arguments, code=1, command=installed).stderr


def test_the_doctor_says_what_is_not_there(installed: Path, etl: Etl) -> None:
    findings = {item["what"]: item for item in json.loads(etl("doctor", "--json", command=installed).stdout)}
    assert findings["repository"]["state"] == "not checked"
