"""A migrated database that nobody has used: made once for a whole run, copied by who needs one."""

import fcntl
import subprocess
import sys
import tempfile
from pathlib import Path

from app.foundation.embedded.postgres import EmbeddedPostgres


def migrated(shared: Path) -> Path:
    """The folder of the cluster in `shared`, which all test processes of a run see."""
    cluster = shared / "pg"
    with (shared / "pg.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cluster.exists():
            _make(cluster)
    return cluster


def lend(cluster: Path, data_dir: Path) -> None:
    """A copy of it, so that the next start in `data_dir` finds its tables made."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # another server may stand there
    # As it is, owners included: Postgres refuses what belongs to somebody else.
    subprocess.run(["cp", "-a", cluster, data_dir / "pg"], check=True)


def _make(cluster: Path) -> None:
    # A short folder, as pytest's own paths are too long for sockets.
    with tempfile.TemporaryDirectory(prefix="bunko-tests-") as short:
        folder = Path(short)
        with EmbeddedPostgres(folder, folder / "run", durable=False) as postgres:
            # Alembic drives its own event loop, so it runs beside ours.
            migrate = f"from app.foundation.db.migrate import upgrade; upgrade({postgres.url!r})"
            subprocess.run([sys.executable, "-c", migrate], check=True)
        subprocess.run(["cp", "-a", folder / "pg", cluster.with_name("pg.new")], check=True)
    cluster.with_name("pg.new").rename(cluster)
