"""The browser tests need Chromium: install it as root on Debian, otherwise say how."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW = "The browser tests need Chromium: on Debian, `apt-get install chromium fonts-noto-cjk`."


def main() -> None:
    if any(map(shutil.which, NAMES)):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SystemExit(HOW)
    print("Installing Chromium for the browser tests (once)", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        [
            "apt-get",
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "chromium",
            "fonts-noto-cjk",
        ],
    ):
        if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode:
            raise SystemExit(HOW)


if __name__ == "__main__":
    main()
