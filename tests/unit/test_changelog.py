"""CHANGELOG.md tells of the version that pyproject.toml names, newest first, in the form of Keep a Changelog."""

import re
import tomllib
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_newest_version_is_the_one_that_is_built() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[0] == "Unreleased"
    released = [re.fullmatch(r"([0-9]+\.[0-9]+\.[0-9]+) \((.*)\)", heading) for heading in headings[1:]]
    assert all(released), headings
    versions = [(found[1], date.fromisoformat(found[2])) for found in released if found]
    assert versions[0][0] == version
    assert versions == sorted(versions, key=lambda item: [*map(int, item[0].split("."))], reverse=True)


def test_changes_are_sorted_by_kind() -> None:
    kinds = re.findall(r"^### (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
