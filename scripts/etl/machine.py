"""The emulated cloud of this machine: start it, stop it, point other tools at it. All of this needs the repository."""

from types import ModuleType

from etl import show
from etl.failures import CommandFailed
from etl.target import CLOUD_FOLDER, find


def up() -> None:
    """Start the emulated cloud and deploy the stack into it."""
    cloud, stack = _emulation()
    with show.step("Building functions and layers with `sam build`"):
        stack.build(CLOUD_FOLDER / "sam-build.log")
    with show.step("Starting the emulated cloud"):
        running = cloud.start(CLOUD_FOLDER)
    with show.step("Deploying template.yaml with `sam deploy`"):
        stack.deploy(running, CLOUD_FOLDER / "sam-deploy.log")
    show.line(f"The emulated cloud is up. Its state is in {CLOUD_FOLDER}; `etl down` stops it.")


def down() -> None:
    """Stop the emulated cloud."""
    cloud, _ = _emulation()
    show.line("Stopped." if cloud.stop(CLOUD_FOLDER) else "No emulated cloud was running.")


def env() -> None:
    """Print what points the aws command line at the emulated cloud."""
    cloud, _ = _emulation()
    running = cloud.running(CLOUD_FOLDER)
    if running is None:
        raise CommandFailed("no emulated cloud runs here: start one with `etl up`")
    for name, value in (running.environment() | {"ETL_BUCKET": find().bucket.name}).items():
        show.line(f"export {name}={value}")


def _emulation() -> tuple[ModuleType, ModuleType]:
    try:
        from local import cloud, stack
    except ModuleNotFoundError as error:
        raise CommandFailed(
            "this needs the repository, of which only the `etl` command is installed here: "
            "clone it, run `make setup`, and use its .venv/bin/etl"
        ) from error
    return cloud, stack
