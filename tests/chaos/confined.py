"""`bunko serve` where the kernel itself says no: root's right to read everything taken away, and a
data folder on a small disk of its own.

Nothing outside sees that disk: it is mounted in a mount namespace of the server's, which ends with
it. From here it is reached through `/proc/PID/root`.
"""

import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path

from app.config import Settings
from app.foundation.embedded.postgres import EmbeddedPostgres
from app.foundation.embedded.valkey import EmbeddedValkey
from tests.chaos.place import Place

APART = ("unshare", "--user", "--map-root-user", "--mount")
NO_OVERRIDE = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--")
"""Root may read what nobody may. Without these two capabilities modes count for it, too."""
MOUNTED = 'mount -t tmpfs -o mode=700,size="$1" tmpfs "$2" && shift 2 && exec "$@"'


@cache
def forbidden() -> str:
    """Why there can be no such place here; empty where there can."""
    words = [*APART, "sh", "-c", MOUNTED, "sh", "1m", "/mnt", *NO_OVERRIDE, "true"]
    try:
        return subprocess.run(words, capture_output=True, text=True).stderr.strip()
    except FileNotFoundError as error:
        return str(error)


class ConfinedPlace(Place):
    """`megabytes` is the size of the disk under its data folder."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        super().__init__(folder)
        self.inside = folder / "data"
        self.inside.mkdir(mode=0o700)
        mounted = ("sh", "-c", MOUNTED, "sh", f"{megabytes}m", str(self.inside))
        self.serving.before = (*APART, *mounted, *NO_OVERRIDE)

    @property
    def data(self) -> Path:
        """As it is seen from outside."""
        return Path(f"/proc/{self.serving.process.pid}/root{self.inside}")

    async def start(self) -> None:
        await self.serving.start()
        self.postgres = EmbeddedPostgres(self.data, self.data / "run")
        self.valkey = EmbeddedValkey(self.data, self.data / "run")
        self.settings = Settings(
            data_dir=self.data,
            library_roots=(self.shelves,),
            database_url=self.postgres.url,
            valkey_url=self.valkey.url,
        )

    def mount(self, *words: str) -> None:
        """mount(8) where the server is."""
        pid = str(self.serving.process.pid)
        entered = ["nsenter", "--user", "--preserve-credentials", "--mount", "--target", pid]
        subprocess.run([*entered, "mount", *words], check=True)

    def fill_disk(self) -> Path:
        """Not one byte is left on it."""
        ballast = self.data / "ballast"
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(1 << 16)):
                pass
        return ballast
