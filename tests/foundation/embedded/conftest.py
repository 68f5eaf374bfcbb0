"""Real servers in short folders; a cluster is made once and copied, as initdb takes a second."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.foundation.embedded.postgres import EmbeddedPostgres
from tests.foundation.embedded.elsewhere import Elsewhere


@pytest.fixture
def base() -> Iterator[Path]:
    """A short folder, as pytest's own paths are too long for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="bk-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def made_cluster() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bk-"))
    with EmbeddedPostgres(folder, folder / "run", durable=False):
        pass
    yield folder / "pg"
    shutil.rmtree(folder)


@pytest.fixture
def data(base: Path, made_cluster: Path) -> Path:
    return seed(base / "data", made_cluster)


@pytest.fixture
def seeded(made_cluster: Path) -> Callable[[Path], Path]:
    return lambda folder: seed(folder, made_cluster)


def seed(folder: Path, cluster: Path) -> Path:
    folder.mkdir(parents=True)
    subprocess.run(["cp", "-a", "--reflink=auto", cluster, folder / "pg"], check=True)
    return folder


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
