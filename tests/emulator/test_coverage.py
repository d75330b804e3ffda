"""COVERAGE.md says what the code does."""

from pathlib import Path

from local.redshift import coverage


def test_the_document_is_the_codes() -> None:
    written = Path(coverage.__file__).with_name("COVERAGE.md").read_text()
    assert written == coverage.document(), "run: python -m local.redshift.coverage > local/redshift/COVERAGE.md"
