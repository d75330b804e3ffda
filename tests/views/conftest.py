import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.views import engines
from tests.views.engines import Engine, Row

Load = Callable[[Iterable[dict[str, str]]], Engine]
Rows = Callable[[Iterable[dict[str, str]]], dict[str, list[Row]]]


@pytest.fixture(scope="session", params=["duckdb", "redshift", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if request.param == "duckdb":
        yield engines.DuckDb()
    elif request.param == "redshift":
        with engines.embedded_redshift(tmp_path_factory.mktemp("redshift")) as warehouse:
            yield warehouse
    elif not engines.postgresql_is_installed():
        pytest.skip("PostgreSQL is not installed")
    else:
        # A socket's path is short; pytest's own folders are not, and are closed to the server's user.
        with tempfile.TemporaryDirectory(prefix="pg") as folder, engines.postgresql(Path(folder)) as server:
            yield server


@pytest.fixture(scope="session")
def held(engine: Engine) -> list[bytes]:
    """What the engine's table was filled with last."""
    return [b""]


@pytest.fixture(scope="session")
def known(engine: Engine) -> dict[str, dict[str, list[Row]]]:
    """What every view of the engine has shown of purchases so far."""
    return {}


@pytest.fixture
def rows_of_views(load: Load, known: dict[str, dict[str, list[Row]]]) -> Rows:
    """The rows of every published view over some purchases: loaded and asked for once, however many tests look."""

    def ask(purchases: Iterable[dict[str, str]]) -> dict[str, list[Row]]:
        purchases = list(purchases)
        if repr(purchases) not in known:
            known[repr(purchases)] = load(purchases).rows_of_views()
        return known[repr(purchases)]

    return ask


@pytest.fixture
def load(engine: Engine, held: list[bytes], tmp_path: Path) -> Load:
    """Load purchases, given as what is special about each, and return the engine that holds them."""

    def fill(purchases: Iterable[dict[str, str]]) -> Engine:
        file = engines.write_clean_csv(tmp_path / "clean.csv", purchases)
        if held != [file.read_bytes()]:  # a view only looks: the same purchases are loaded once
            engine.load(file)
            held[:] = [file.read_bytes()]
        return engine

    return fill
