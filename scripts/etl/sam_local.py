"""Write what `sam local invoke` needs to invoke the built functions against the emulated cloud.

    python -m etl.sam_local FOLDER [--host ADDRESS]

FOLDER gets env.json, the functions' environment as it is deployed, and template.yaml, the built template that names the
emulated cloud's addresses as well: SAM passes on only variables that a template names. ADDRESS is this machine as a
container sees it, a number: of a name boto3 would make bucket.name. docs/deploy.md has the commands.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from etl.built import BUILD, environment_of
from etl.target import CLOUD_FOLDER, Target, find
from local import cloud

_BRIDGE = "172.17.0.1"  # Docker's own network on Linux


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(prog="python -m etl.sam_local", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default=_BRIDGE, help="this machine's address in a container (default: %(default)s)")
    given = parser.parse_args()
    running = cloud.running(CLOUD_FOLDER)
    write(given.folder, find(), running.environment() if running else {}, given.host)


def write(folder: Path, target: Target, environment: Mapping[str, str], host: str = _BRIDGE) -> None:
    """Write both files for a deployed stack; of its cloud's `environment` the functions are told the endpoints."""
    folder.mkdir(parents=True, exist_ok=True)
    endpoints = {name: value for name, value in environment.items() if "ENDPOINT" in name}
    template = yaml.safe_load((BUILD / "template.yaml").read_text("utf-8"))
    environments = {}
    for name, function in functions(template).items():
        if function.get("Condition"):
            continue
        properties = function["Properties"]
        variables = properties.setdefault("Environment", {}).setdefault("Variables", {})
        variables.update(dict.fromkeys(endpoints, ""))
        properties["CodeUri"] = str(BUILD / name)
        environments[name] = environment_of(target, name) | endpoints
        environments[name].pop("AWS_LAMBDA_FUNCTION_NAME")  # SAM sets its own
    for name, layer in template["Resources"].items():
        if layer["Type"] == "AWS::Serverless::LayerVersion":
            layer["Properties"]["ContentUri"] = str(BUILD / name)
    (folder / "template.yaml").write_text(yaml.safe_dump(template, sort_keys=False), "utf-8")
    (folder / "env.json").write_text(json.dumps(environments, indent=2).replace("127.0.0.1", host), "utf-8")


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The functions of a template, by name."""
    return {name: item for name, item in template["Resources"].items() if item["Type"] == "AWS::Serverless::Function"}


if __name__ == "__main__":
    main()
