"""The real template, built by the real `sam build` and deployed by the real `sam deploy` into an emulated cloud."""

import os
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

from local.cloud import ROOT, Cloud, CloudError

STACK_NAME = "retail-etl"
_SAM = ROOT / ".tools" / "sam" / "bin" / "sam"


def build(log: Path, source: Path = ROOT) -> None:
    """Build functions and layers into .aws-sam/build of a source tree; what SAM says goes to `log`."""
    _sam(["build"], {}, log, source)


def deploy(cloud: Cloud, log: Path, parameters: Mapping[str, str] | None = None, source: Path = ROOT) -> None:
    """Deploy what was built, or update what was deployed before; `parameters` go before samconfig.toml's."""
    arguments = ["deploy", "--config-env", "local"]
    if parameters:
        # What the command line says replaces the list in samconfig.toml, it does not add to it.
        config = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))
        overrides = config["local"]["deploy"]["parameters"]["parameter_overrides"]
        arguments += ["--parameter-overrides", *overrides, *(f"{name}={value}" for name, value in parameters.items())]
    _sam(arguments, cloud.environment(), log, source)


def _sam(arguments: list[str], environment: Mapping[str, str], log: Path, source: Path) -> None:
    if not _SAM.exists():
        raise CloudError(f"{_SAM} is missing: run `make setup` first")
    log.parent.mkdir(parents=True, exist_ok=True)
    # SAM leaves an empty folder behind for each artifact.
    with log.open("wb") as output, tempfile.TemporaryDirectory(prefix="sam-") as temporary:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [str(_SAM), *arguments],
            cwd=source,
            env={
                **os.environ,
                **environment,
                # SAM looks for python3.12 and pip by name.
                "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "TMPDIR": temporary,
                "SAM_CLI_TELEMETRY": "0",
                "SAM_CLI_CHECK_UPDATE": "0",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:])
        raise CloudError(f"`sam {arguments[0]}` failed; {log} has all of it, this is its end:\n{tail}")
