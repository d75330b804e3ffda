import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.views import engines
from tests.views.engines import Engine

Load = Callable[[Iterable[dict[str, str]]], Engine]


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
