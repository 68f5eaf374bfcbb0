"""Real servers in short folders; one cluster is made and handed around."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.foundation.embedded.postgres import EmbeddedPostgres
from tests.foundation.embedded.elsewhere import Elsewhere, processes_of, until


@pytest.fixture
def base() -> Iterator[Path]:
    """A short folder, as pytest's own paths are too long for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="bk-"))
    yield folder
    until(lambda: not processes_of(folder), f"everything in {folder} has ended")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def made_cluster() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bk-"))
    with EmbeddedPostgres(folder, folder / "run", durable=False):
        pass
    yield folder / "pg"
    shutil.rmtree(folder)


@pytest.fixture
def seeded(made_cluster: Path) -> Iterator[Callable[[Path], Path]]:
    """Lends the cluster to a data folder, as making or copying one takes a second."""
    lent: list[Path] = []

    def lend(folder: Path) -> Path:
        folder.mkdir(parents=True)
        lent.append(made_cluster.rename(folder / "pg"))
        return folder

    yield lend
    for cluster in lent:
        until(lambda: not processes_of(cluster), "its server has ended")  # noqa: B023
        cluster.rename(made_cluster)


@pytest.fixture
def data(base: Path, seeded: Callable[[Path], Path]) -> Path:
    return seeded(base / "data")


@pytest.fixture
def elsewhere() -> Iterator[Callable[..., Elsewhere]]:
    """Starts functions in processes of their own and ends those processes afterwards."""
    begun: list[Elsewhere] = []

    def begin(*args: object, **named: object) -> Elsewhere:
        begun.append(Elsewhere(*args, **named))  # type: ignore[arg-type]
        return begun[-1]

    yield begin
    for each in begun:
        each.kill()
