"""Valkey as a child of ours, on a unix socket only. What it holds may vanish."""

import shutil
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from app.foundation.embedded import binaries
from app.foundation.embedded.errors import EmbeddedError, StartCancelled
from app.foundation.embedded.identity import Identity
from app.foundation.embedded.processes import started_at
from app.foundation.embedded.server import EmbeddedServer, Running

SOCKET = "valkey.sock"
UNREADABLE = ("AOF", "append only file", "RDB")  # what Valkey calls its files in its log
SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "databases": "16",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "loglevel": "warning",
}


class EmbeddedValkey(EmbeddedServer):
    name = "Valkey"
    folder_name = "valkey"
    programs = ("valkey-server", "redis-server")
    death_signal = signal.SIGTERM  # writes the append-only file out, removes its socket
    stop_steps = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 1.0))

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self._socket))}?db=0"

    @property
    def _socket(self) -> Path:
        return self.run_dir / SOCKET

    @property
    def _pid_file(self) -> Path:
        """Ours, not Valkey's: pid, start time (so that a reused pid is told apart), run folder."""
        return self.data_dir / f"{self.folder_name}.pid"

    def _look(self) -> Running | None:
        try:
            pid, began, run_dir = self._pid_file.read_text(errors="surrogateescape").split("\n", 2)
        except (FileNotFoundError, ValueError):
            return None
        if not began.isdecimal() or started_at(int(pid)) != int(began):
            return None
        return Running(int(pid), Path(run_dir), _answers(Path(run_dir) / SOCKET))

    def _launch(self) -> None:
        """A file that Valkey cannot read is set aside: what it held may vanish."""
        try:
            super()._launch()
        except StartCancelled:
            raise
        except EmbeddedError as error:
            kept = self.folder / "appendonlydir"
            if not kept.exists() or not any(word in str(error) for word in UNREADABLE):
                raise
            shutil.rmtree(self.folder / "appendonlydir.broken", ignore_errors=True)
            kept.rename(self.folder / "appendonlydir.broken")
            super()._launch()

    def _prepare(self, who: Identity) -> None:
        who.own(self.folder)

    def _command(self) -> list[str | Path]:
        settings = SETTINGS | {"dir": str(self.folder), "unixsocket": str(self._socket)}
        flags = [part for key, value in settings.items() for part in (f"--{key}", value)]
        return [binaries.valkey_server(), *flags]

    def _watch(self, pid: int) -> None:
        super()._watch(pid)
        if self.is_owner:
            self._write_pid_file(pid)

    def _write_pid_file(self, pid: int) -> None:
        text = f"{pid}\n{started_at(pid)}\n{self.run_dir}"
        fresh = self._pid_file.with_suffix(".new")
        fresh.write_text(text, errors="surrogateescape")
        fresh.rename(self._pid_file)

    def _forget_stale(self) -> None:
        self._pid_file.unlink(missing_ok=True)
        self._socket.unlink(missing_ok=True)


def _answers(path: Path) -> bool:
    """Whether a PING gets its PONG: a server that still loads its file says LOADING."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(1.0)
        try:
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
        except OSError:
            return False
