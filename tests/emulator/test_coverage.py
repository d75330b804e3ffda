"""COVERAGE.md says what the code does."""

from local.redshift import coverage


def test_the_document_is_the_codes() -> None:
    assert coverage.DOCUMENT.read_text() == coverage.document(), "run: python -m local.redshift.coverage"
