"""The passwords that are tried first, known without asking anybody (OWASP ASVS 5.0, 6.2.4).

The list holds more than 100,000 of them as sorted marks of six bytes; where it comes from and how it
is built stands in `deploy/build_password_list.py`.
"""

import unicodedata
from hashlib import blake2b
from pathlib import Path

FILE = Path(__file__).parent / "data" / "common-passwords.bin"
MARK_BYTES = 6
RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
LEAST_RUN = 4


def is_common(password: str) -> bool:
    """Whether it is on the list, or is one from the list repeated or with a tail of digits."""
    folded = fold(password)
    core = folded.rstrip("0123456789!?.,-_*#@$&+= ")
    candidates = {folded, core, _unit(folded), _unit(core)} - {""}
    if len(_unit(folded)) < LEAST_RUN or _is_run(folded) or _is_run(core):
        return True
    marks = FILE.read_bytes()
    return any(_has(marks, mark(candidate)) for candidate in candidates)


def fold(word: str) -> str:
    """Without case, width and blanks around it: what a guesser would try together."""
    return unicodedata.normalize("NFKC", word).casefold().strip()


def mark(folded: str) -> bytes:
    return blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=MARK_BYTES).digest()


def number_known() -> int:
    return FILE.stat().st_size // MARK_BYTES


def _has(marks: bytes, wanted: bytes) -> bool:
    low, high = 0, len(marks) // MARK_BYTES
    while low < high:
        middle = (low + high) // 2
        if marks[middle * MARK_BYTES : (middle + 1) * MARK_BYTES] < wanted:
            low = middle + 1
        else:
            high = middle
    return marks[low * MARK_BYTES : (low + 1) * MARK_BYTES] == wanted


def _unit(text: str) -> str:
    """The shortest part of which the text is repetitions: "abc" of "abcabcabc"."""
    # A text found inside itself twice, but for its ends, repeats with that distance.
    distance = (text + text).find(text, 1) if text else 0
    return text[:distance]


def _is_run(text: str) -> bool:
    """Neighbours on the keyboard or in the alphabet, there and back, and nothing else."""
    lines = [line * 3 for run in RUNS for line in (run, run[::-1])]
    return len(text) >= LEAST_RUN and any(text in line for line in lines)
