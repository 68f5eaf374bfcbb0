"""`make dev`: the app with reload, and the style sheet built anew when a source changes.

One process tree: this script watches, `bunko serve` runs below it and is started again after a
change of Python or templates.
"""

import signal
import subprocess
import sys
from pathlib import Path

from watchfiles import Change, watch

HERE = Path(__file__).resolve().parent.parent
BUNKO = HERE / ".venv" / "bin" / "bunko"
STYLES = (HERE / "static" / "css", HERE / "static" / "js", HERE / "tailwind.config.js")


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    build_css()
    serving = serve(arguments)
    watched = [HERE / "app", HERE / "templates", HERE / "migrations", *STYLES]
    try:
        for changes in watch(*watched, watch_filter=is_source, raise_interrupt=False):
            paths = [Path(path) for _, path in changes]
            if any(is_styled(path) for path in paths):
                build_css()
            print(f"Changed: {paths[0].relative_to(HERE)}; starting again", flush=True)
            stop(serving)
            serving = serve(arguments)
    finally:
        stop(serving)
    return 0


def is_source(_: Change, path: str) -> bool:
    return path.endswith((".py", ".html", ".css", ".js", ".po"))


def is_styled(path: Path) -> bool:
    return path.suffix in (".html", ".css", ".js")


def build_css() -> None:
    subprocess.run([sys.executable, HERE / "deploy" / "build_css.py"], check=False)


def serve(arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([BUNKO, "serve", *arguments])


def stop(serving: subprocess.Popen[bytes]) -> None:
    serving.send_signal(signal.SIGTERM)
    serving.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
