"""notebooks/clean_and_upload.ipynb runs from its first cell to its last, by Jupyter's own kernel, against the cloud."""

import warnings
from pathlib import Path
from typing import Any
from uuid import uuid4

import nbformat
import pytest
from nbclient import NotebookClient

from etl.target import Target
from retail_etl.flows.status import delivery

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "clean_and_upload.ipynb"


def _notebook() -> Any:
    read: Any = nbformat.read  # it ships half of its types
    return read(NOTEBOOK, as_version=4)


def test_it_is_committed_without_outputs() -> None:
    for cell in _notebook().cells:
        assert not cell.get("outputs")


def test_it_runs(target: Target, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = tmp_path / f"{uuid4()}.csv"
    raw.write_bytes((ROOT / "samples" / "purchases_sample.csv").read_bytes())
    notebook = _notebook()
    (parameters,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())]
    for name in ("RAW =", "OUT =", "STACK ="):
        assert name in parameters.source
    parameters.source = (
        f"from pathlib import Path\nRAW, OUT, STACK = Path({str(raw)!r}), Path({str(tmp_path / 'out')!r}), None"
    )
    monkeypatch.setenv("ETL_CLOUD", str(folder))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Jupyter's own
        NotebookClient(notebook, timeout=180, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    found = delivery(target.bucket, f"raw/{raw.name}")
    assert found is not None
    assert found.stage == "loaded"
    shown = [kind for cell in notebook.cells for output in cell.get("outputs", ()) for kind in output.get("data", ())]
    assert shown.count("image/png") == 2
