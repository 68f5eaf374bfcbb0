"""The browser tests need Chromium: install it as root on Debian, otherwise say how.

Its headless shell is the same engine without windows, which does the same in a third of the time.
"""

import os
import shutil
import subprocess
import sys

SHELL = "chromium-headless-shell"
NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW = f"The browser tests need Chromium: on Debian, `apt-get install {SHELL} fonts-noto-cjk`."


def main() -> None:
    if shutil.which(SHELL):
        return
    has_another = any(map(shutil.which, NAMES))
    may_install = os.geteuid() == 0 and shutil.which("apt-get")
    if not (may_install and _install()) and not has_another:
        raise SystemExit(HOW)


def _install() -> bool:
    print("Installing Chromium for the browser tests (once)", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    patience = ["-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10"]
    packages = [SHELL, "fonts-noto-cjk"]
    return all(
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode == 0
        for command in (
            ["apt-get", *patience, "update", "-qq"],
            ["apt-get", *patience, "install", "-y", "-qq", "--no-install-recommends", *packages],
        )
    )


if __name__ == "__main__":
    main()
