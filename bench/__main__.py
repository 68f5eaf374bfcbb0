"""Every bench, one after the other, each in a process of its own: `make bench`.

    python -m bench [NAME …]        only these

A bench is a module here that can be run. One that fails is named at the end, and the exit says so.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
RUNNABLE = 'if __name__ == "__main__":'


def names() -> list[str]:
    return sorted(
        file.stem
        for file in HERE.glob("*.py")
        if file.stem != "__main__" and RUNNABLE in file.read_text()
    )


def main() -> int:
    wanted = sys.argv[1:] or names()
    if unknown := sorted(set(wanted) - set(names())):
        print(f"There is no bench named {', '.join(unknown)}; there are {', '.join(names())}.")
        return 2
    load = Path("/proc/loadavg").read_text().split()[0]
    print(f"Load of the machine before the first bench: {load}")
    failed = []
    for name in wanted:
        print(f"\n=== {name} ===", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"\nThese benches did not run to their end: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
