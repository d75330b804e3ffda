"""Contracts on this machine: check one, tell one in words. Apart from files.py, which needs pandas for all it does."""

from pathlib import Path

from etl import show
from etl.failures import CommandFailed
from retail_etl.contract import Contract, check_contract, load_contract, shipped_contract
from retail_etl.reference import reference


def check(file: Path, as_json: bool) -> None:
    """Say what is wrong in a contract."""
    problems = check_contract(file)
    if as_json:
        show.as_json(problems)
    else:
        for problem in problems:
            show.line(f"{file}:{problem.line}: {problem.text}")
    if problems:
        raise CommandFailed(f"{len(problems)} problem{'s' if len(problems) != 1 else ''} in {file}")
    if not as_json:
        show.line(f"{file} is a contract that can be used.")


def describe(file: Path | None) -> None:
    """Print a contract as a page of Markdown."""
    show.line(reference(declared_in(file)))


def declared_in(contract: Path | None) -> Contract:
    """The contract in a file, or the shipped one."""
    return load_contract(contract) if contract else shipped_contract()
