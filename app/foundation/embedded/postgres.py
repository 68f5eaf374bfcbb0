"""Postgres as a child of ours, on a unix socket only."""

import signal
from pathlib import Path
from urllib.parse import quote

from app.foundation.embedded import binaries, cluster
from app.foundation.embedded.identity import Identity
from app.foundation.embedded.processes import program_of, works_in
from app.foundation.embedded.server import EmbeddedServer, Running

PORT = 5432  # only a part of the socket's name

# For a machine with little memory and one application. Replication is off as nobody listens;
# io_method=sync and no launcher for logical replication save five idle processes.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "shared_buffers": "32MB",
    "max_connections": "40",
    "superuser_reserved_connections": "2",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "1",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What the application's statements do wrong, the application logs, without the values.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
SETTINGS_SINCE = {17: {"allow_alter_system": "off"}, 18: {"io_method": "sync"}}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres(EmbeddedServer):
    """`durable=False` gives up safety at power loss for speed: for tests only."""

    name = "Postgres"
    folder_name = "pg"
    programs = ("postgres",)
    death_signal = signal.SIGINT  # "fast": end every session, write a checkpoint
    stop_steps = ((signal.SIGINT, 8.0), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 1.0))

    def __init__(self, data_dir: Path, run_dir: Path, *, durable: bool = True) -> None:
        super().__init__(data_dir, run_dir)
        self.durable = durable

    @property
    def url(self) -> str:
        """For SQLAlchemy's asyncpg dialect; the socket's folder travels as the `host` argument."""
        user = cluster.DATABASE
        return f"postgresql+asyncpg://{user}@/{cluster.DATABASE}?host={quote(str(self.run_dir))}"

    @property
    def _pid_file(self) -> Path:
        return self.folder / "postmaster.pid"

    def _look(self) -> Running | None:
        lines = self._pid_lines()
        if len(lines) < 8 or not lines[0].strip().isdecimal():
            return None
        pid = int(lines[0])
        lives = works_in(pid, self.folder)
        if lives is None:  # another user's process that only its name gives away
            lives = program_of(pid) in self.programs and not self._is_free()
        if not lives:
            return None
        return Running(pid, Path(lines[4]), lines[7].strip() == "ready")

    def _pid_lines(self) -> list[str]:
        """pid, folder, start, port, socket folder, address, shared memory, status
        (miscinit.h, "postmaster.pid")."""
        try:
            return self._pid_file.read_text(errors="surrogateescape").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _prepare(self, who: Identity) -> None:
        if (self.folder / "PG_VERSION").exists():
            cluster.check_version(self.folder)
        else:
            cluster.make_cluster(self.folder, who, durable=self.durable)

    def _command(self) -> list[str | Path]:
        programs = binaries.postgres_bin()
        major = binaries.postgres_major(programs)
        settings = SETTINGS | {"unix_socket_directories": str(self.run_dir)}
        for since, more in SETTINGS_SINCE.items():
            if major >= since:
                settings |= more
        if not self.durable:
            settings |= NOT_DURABLE
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [programs / "postgres", "-D", self.folder, *flags]

    def _forget_stale(self) -> None:
        """A dead pid Postgres deals with itself; one that lives again as another process (after
        a reboot, in a container) would make it refuse."""
        self._pid_file.unlink(missing_ok=True)
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (self.run_dir / name).unlink(missing_ok=True)
