"""Make `.venv` ready: uv, Python 3.13 and the locked packages. Needs only a Python 3.9.

uv is taken from PATH, or put into a private folder `.uv`. Python 3.13 is taken from the
machine when it has one; otherwise uv fetches it. Versions and hashes come from `uv.lock`.
A stamp makes later runs leave at once.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
PRIVATE = HERE / ".uv"
VENV = HERE / ".venv"
UV_REQUIREMENT = "uv>=0.8,<1"


def main(dev):
    # Once made for development, it stays so: `make run` must not take the tests' tools away.
    dev = dev or (VENV / ".dev").exists()
    stamp = VENV / (".dev" if dev else ".bootstrapped")
    wanted = fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted and (VENV / "bin" / "bunko").exists():
        return
    say("Preparing Bunko (once; about a minute)")
    groups = ["--group", "dev"] if dev else ["--no-dev"]
    uv = find_uv()
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(VENV), "VIRTUAL_ENV": ""}
    # Compiled now, by all processors: the first start would do it on one, and take a third longer.
    sync = [*uv, "sync", "--frozen", "--quiet", "--compile-bytecode", "--python", "3.13"]
    run([*sync, *groups], env=environment)
    stamp.write_text(wanted)


def fingerprint():
    digest = hashlib.sha256(str(HERE).encode())
    for name in ("uv.lock", "pyproject.toml", ".python-version"):
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def find_uv():
    on_path = shutil.which("uv")
    if on_path:
        return [on_path]
    for place in (PRIVATE / "bin" / "uv", PRIVATE / "lib" / "bin" / "uv"):
        if place.exists():
            return [str(place)]
    return install_uv()


def install_uv():
    say("Fetching uv into .uv")
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(PRIVATE)], capture_output=True, text=True
    )
    if made.returncode == 0:
        run([str(PRIVATE / "bin" / "pip"), "install", "--quiet", UV_REQUIREMENT])
        return [str(PRIVATE / "bin" / "uv")]
    # Debian without python3-venv: pip alone can still install into a folder.
    shutil.rmtree(PRIVATE, ignore_errors=True)
    target = PRIVATE / "lib"
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True).returncode != 0:
        fail("Bunko needs pip or venv: on Debian, `apt-get install python3-venv`.")
    run([*pip, "install", "--quiet", "--target", str(target), UV_REQUIREMENT])
    return [str(target / "bin" / "uv")]


def run(command, **more):
    try:
        subprocess.run(command, cwd=HERE, check=True, **more)
    except subprocess.CalledProcessError:
        fail("The step above failed: " + " ".join(command))
    except OSError as error:
        fail(f"{command[0]} cannot be run: {error.strerror}.")


def say(sentence):
    print(sentence, file=sys.stderr, flush=True)


def fail(sentence):
    say(sentence)
    raise SystemExit(1)


if __name__ == "__main__":
    main(dev="--dev" in sys.argv)
