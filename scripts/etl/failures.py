"""What goes wrong, told in one line: what it was about, the reason, the next step."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.markup import escape

from retail_etl.errors import EtlError

errors = Console(stderr=True, highlight=False, soft_wrap=True)

_INTERRUPTED = 130  # what shells give a command that Ctrl-C has ended: 128 + SIGINT

# By the names of their classes: importing botocore to look for them would take longer than most commands.
_NEXT_STEPS = {
    "NoCredentialsError": "sign in (`aws configure`, `aws sso login`) or name a profile with --profile",
    "UnauthorizedSSOTokenError": "sign in again: `aws sso login`",
    "SSOTokenLoadError": "sign in: `aws sso login`",
    "ProfileNotFound": "`aws configure list-profiles` lists those there are",
    "NoRegionError": "say which region the stack is in: export AWS_DEFAULT_REGION=us-east-1",
    "EndpointConnectionError": "if that is the emulated cloud, start it again: `etl down`, then `etl up`",
    "ExpiredToken": "sign in again: `aws sso login`",
    "ExpiredTokenException": "sign in again: `aws sso login`",
    "AccessDenied": "`etl doctor` lists what these credentials may do",
    "AccessDeniedException": "`etl doctor` lists what these credentials may do",
}


class CommandFailed(EtlError):
    """The command did what it could, and the answer is no."""


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what goes wrong into one line on stderr and exit code 1; Ctrl-C into exit code 130.

    A bug still shows its stack trace: it is to be reported, not explained.
    """
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        _stopped()
    except BrokenPipeError:
        _reader_has_gone()
    except SystemExit as end:
        if end.code == _INTERRUPTED:  # Typer has caught the Ctrl-C
            _stopped()
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            _reader_has_gone()
        raise
    except Exception as error:
        if not _is_explained(error):
            raise
        errors.print(f"[bold red]error:[/] {escape(explained(error))}")
        sys.exit(1)


def explained(error: Exception) -> str:
    """What the error says, with the next step where there is a usual one."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    names = (str(code), type(error).__name__, type(error.__cause__).__name__)
    step = next((_NEXT_STEPS[name] for name in names if name in _NEXT_STEPS), None)
    if isinstance(error, OSError) and error.filename is not None:
        text = f"{error.filename}: {error.strerror}"
    else:
        text = str(error).strip() or type(error).__name__
    return f"{text} ({step})" if step and step not in text else text


def _is_explained(error: Exception) -> bool:
    if isinstance(error, EtlError | OSError):
        return True
    # What AWS or the emulated cloud has to say; neither can have been raised without its module.
    modules = (
        sys.modules.get("botocore.exceptions"),
        sys.modules.get("boto3.exceptions"),
        sys.modules.get("local.cloud"),
    )
    names = ("BotoCoreError", "ClientError", "Boto3Error", "CloudError")
    kinds = [getattr(module, name) for module in modules if module for name in names if hasattr(module, name)]
    return isinstance(error, tuple(kinds))


def _stopped() -> None:
    errors.print("stopped")
    sys.exit(_INTERRUPTED)


def _reader_has_gone() -> None:
    """End quietly: `etl status | head -1` has got what it wanted."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered goes nowhere
    sys.exit(1)
