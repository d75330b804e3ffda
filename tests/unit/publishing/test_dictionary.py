"""The data dictionary names every column that people get, once."""

from retail_etl.adapters.warehouse import MOST_STATEMENTS
from retail_etl.contract import shipped_contract
from retail_etl.publishing.dictionary import data_dictionary
from retail_etl.publishing.manifest import Manifest, PublishedFile
from retail_etl.publishing.views import published_views
from tests.unit.publishing.test_page import tables_of
from tests.views.engines import DuckDb


def test_every_column_is_described() -> None:
    tables = tables_of(DuckDb())
    found = list(data_dictionary(shipped_contract(), tables).records())
    described = [(row["object"], row["column"]) for row in found]
    assert len(set(described)) == len(described)
    for view in published_views():
        assert [column for name, column in described if name == view.name] == ["", *tables[view.name].columns]
    assert all(row["description"] for row in found)


def test_one_transaction_holds_every_query_of_a_publish() -> None:
    assert len(published_views()) + 1 <= MOST_STATEMENTS  # and the list of loads


def test_a_manifest_comes_back_from_its_json() -> None:
    manifest = Manifest("2025-07-01T00:00:00+00:00", "", ("a", "b"), "v", {"x.csv": PublishedFile(1, 2, "3", "4")})
    assert Manifest.from_json(manifest.to_json()) == manifest
