"""Invoke a function as `sam build` has built it, without Docker, against the emulated cloud or a real stack.

    make invoke FUNCTION=CleanRaw EVENT=events/clean_raw.json

The runtime interface emulator that comes with the SAM CLI runs Lambda's own Python client, as a Lambda does: the built
code and layers alone are on its path, its timeout is kept, and what the handler prints and returns is shown. The
function's environment is that of the deployed stack: the emulated one (`etl up`), or --stack NAME in an account.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.request import Request, urlopen

import yaml

from etl.target import CLOUD_FOLDER, Target, find
from local import cloud

ROOT = cloud.ROOT
BUILD = ROOT / ".aws-sam" / "build"
RUNTIME = ROOT / ".tools/runtime/bin/python"
_START_SECONDS = 20


def main() -> None:
    """Invoke one function once; exit with 1 if it raised."""
    parser = argparse.ArgumentParser(prog="make invoke", description=__doc__)
    parser.add_argument("function", help="its name in template.yaml: CleanRaw, CopyToRedshift, …")
    parser.add_argument("event", type=Path, help="a JSON file, as in events/")
    parser.add_argument("--stack", help="a stack in an AWS account instead of the emulated cloud")
    parser.add_argument("--profile", help="the AWS profile to use")
    arguments = parser.parse_args()
    if not (BUILD / "template.yaml").exists():
        sys.exit("nothing is built yet: run `sam build`, or `etl up`")
    environment = environment_of(find(arguments.stack, arguments.profile), arguments.function)
    if not arguments.stack and (running := cloud.running(CLOUD_FOLDER)):
        environment |= running.environment()
    answer = invoke(arguments.function, arguments.event.read_bytes(), environment)
    print(json.dumps(answer, indent=2))
    sys.exit(1 if isinstance(answer, dict) and "errorType" in answer else 0)


def environment_of(target: Target, function: str) -> dict[str, str]:
    """The environment variables that a deployed function has."""
    stack = target.session.client("cloudformation")
    found = stack.describe_stack_resource(StackName=target.stack_name, LogicalResourceId=function)
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    configuration = target.session.client("lambda").get_function_configuration(FunctionName=name)
    variables: dict[str, str] = configuration["Environment"]["Variables"]
    return {**variables, "AWS_LAMBDA_FUNCTION_NAME": name}


def invoke(function: str, event: bytes, environment: dict[str, str], log: IO[bytes] | None = None) -> object:
    """What a built function returns for an event; for an error, its type, message and stack trace.

    With a `log`, all that is printed goes there, and the emulator adds how long the phases took.
    """
    properties = yaml.safe_load((BUILD / "template.yaml").read_text("utf-8"))["Resources"][function]["Properties"]
    layers = [
        BUILD / "CoreLayer" / "python",
        *(BUILD / layer["Ref"] / "python" for layer in properties.get("Layers", ())),
    ]
    code = BUILD / function
    address, runtime = (f"127.0.0.1:{port}" for port in _free_ports())
    emulator = ROOT / ".tools/sam/lib/python3.12/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64"
    if not RUNTIME.exists():
        raise SystemExit(f"{RUNTIME} is missing: `make invoke` and `make test` install it")
    command = [
        str(emulator),
        *(("--log-level", "info") if log else ()),
        "--runtime-interface-emulator-address",
        address,
        "--runtime-api-address",
        runtime,
    ]
    process = subprocess.Popen(  # noqa: S603 - our own arguments
        [*command, str(RUNTIME), "-m", "awslambdaric", "handler.handler"],
        cwd=code,
        env={
            **os.environ,
            **environment,
            "PYTHONPATH": os.pathsep.join(map(str, [code, *layers])),
            "LAMBDA_TASK_ROOT": str(code),
            "_HANDLER": "handler.handler",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "300",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
            "AWS_XRAY_SDK_ENABLED": "false",
            "POWERTOOLS_TRACE_DISABLED": "true",
        },
        stdin=subprocess.DEVNULL,
        stdout=log or sys.stderr,
        stderr=log,
    )
    try:
        _wait_until_it_listens(address, process)
        url = f"http://{address}/2015-03-31/functions/function/invocations"
        with urlopen(Request(url, event, method="POST"), timeout=320) as answer:
            return json.loads(answer.read() or b"null")
    except URLError as error:
        raise SystemExit(f"{function} could not be invoked: {error}") from error
    finally:
        process.terminate()
        process.wait()


def _free_ports() -> list[int]:
    with socket.socket() as one, socket.socket() as other:
        for item in (one, other):
            item.bind(("127.0.0.1", 0))
        return [item.getsockname()[1] for item in (one, other)]


def _wait_until_it_listens(address: str, process: subprocess.Popen[bytes]) -> None:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as connection:
            if connection.connect_ex((host, int(port))) == 0:
                return
        time.sleep(0.02)
    raise SystemExit("the runtime interface emulator did not start")


if __name__ == "__main__":
    main()
