"""The documents are true: their commands are run, what they show is what comes, and what they name exists.

A ```console block is run in bash from the root of a copy of the tree, against the emulated cloud of these tests; lines
that begin with `$ ` are commands, all others what they print, where `…` stands for anything.
`console make` blocks name targets; `console account` blocks need what a test does not have, as do all of a document
that begins with `<!-- console: account -->`.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer.main

from etl.cli import app
from etl.target import Target
from retail_etl.contract import shipped_contract
from retail_etl.reference import reference

pytestmark = pytest.mark.skipif("ETL_STACK" in os.environ, reason="a real stack is left as it is")

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
_FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r"[0-9]+\.[0-9] s")


@dataclass
class Step:
    """A command as a document shows it, and what it is said to print."""

    command: str
    output: list[str] = field(default_factory=list)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _fences(path: Path) -> Iterator[tuple[str, str]]:
    """The kind and the text of every block; a first line may say that all commands of a document need an account."""
    text = path.read_text("utf-8")
    needs_account = text.startswith("<!-- console: account -->\n")
    for info, block in _FENCE.findall(text):
        kind = info.strip()
        yield "console account" if needs_account and kind == "console" else kind, block


def _blocks(path: Path, kind: str) -> list[str]:
    return [text for info, text in _fences(path) if info == kind]


def _steps(block: str) -> list[Step]:
    steps: list[Step] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append(Step(line[2:]))
        elif steps and not steps[-1].output and steps[-1].command.endswith("\\"):
            steps[-1].command = f"{steps[-1].command}\n{line}"
        else:
            steps[-1].output.append(line)
    return steps


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_every_block_of_commands_says_what_it_needs(path: Path) -> None:
    for info, text in _fences(path):
        assert info not in ("sh", "bash", "shell"), text
        if text.startswith("$ "):
            assert info in ("console", "console make", "console account"), text
        if info.startswith("console"):
            assert text.startswith("$ "), text


EXECUTED = [path for path in DOCUMENTS if _blocks(path, "console")]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree to type in."""
    tree = tmp_path_factory.mktemp("tree")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git there is
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    return tree


@pytest.mark.parametrize("path", EXECUTED, ids=_name)
def test_commands_do_what_the_document_says(path: Path, target: Target, folder: Path, tree: Path) -> None:
    environment = {
        **os.environ,
        "ETL_CLOUD": str(folder),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    for block in _blocks(path, "console"):
        for step in _steps(block):
            done = subprocess.run(  # noqa: S603 - the documents are ours
                ["bash", "-euo", "pipefail", "-c", step.command],  # noqa: S607 - whichever bash there is
                # A build remembers where it was made: elsewhere, the next one here would begin from nothing.
                cwd=ROOT if step.command.startswith("make ") else tree,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=300,
                check=False,
            )
            assert done.returncode == 0, f"{step.command}\n{done.stdout}"
            if step.output:
                assert re.search(_pattern(step.output), _tidy(done.stdout)), f"{step.command}\n{done.stdout}"


def _tidy(output: str) -> str:
    """Without what differs from one run to the next: where the tree is, how long something took, how wide a column."""
    plain = _SECONDS.sub("N s", output.replace(f"{ROOT}/", ""))
    return "\n".join(" ".join(line.split()) for line in plain.splitlines())


def _pattern(lines: list[str]) -> str:
    return r"(?:.|\n)*?".join(map(re.escape, re.split(r"\s*…\s*", _tidy("\n".join(lines)))))


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if _blocks(path, "console make")], ids=_name)
def test_what_is_made_can_be_made(path: Path) -> None:
    for block in _blocks(path, "console make"):
        for step in _steps(block):
            (target,) = re.findall(r"^make ([a-z]+)( [A-Z]+=\S+)*$", step.command)
            assert f"\n{target[0]}:" in MAKEFILE, step.command


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_what_is_named_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    for target in re.findall(r"`make ([a-z]+)", text):
        assert f"\n{target}:" in MAKEFILE, target
    root: Any = typer.main.get_command(app)
    for words in _commands(text):
        command = root
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        assert command is not root, f"there is no command etl {' '.join(words)}"
        options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        for option in [word.split("=")[0] for word in words if word.startswith("--")]:
            assert option in options, f"etl {command.name} has no {option}"
    for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
        assert (path.parent / link).exists(), link


def _commands(text: str) -> Iterator[list[str]]:
    """What stands behind `etl` in running text and in blocks of commands."""
    spans = re.findall(r"`etl ([a-z][^`]*)`", text)
    for info, block in _FENCE.findall(text):
        if info.startswith("console"):
            spans += re.findall(r"(?:^\$ |&& |\| )etl ([a-z][^|&#\n]*)", block, re.MULTILINE)
    for span in spans:
        quoted = re.sub(r'"[^"]*"', "…", span)
        yield quoted.split()


def test_the_reference_is_what_the_contract_says() -> None:
    assert (ROOT / "docs" / "contract-reference.md").read_text("utf-8") == reference(shipped_contract()) + "\n"
