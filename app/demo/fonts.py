"""Which font of this machine can write a text.

Nothing is bundled: Pillow carries one Latin font, and every other script is written
only where a font for it is installed. Where none is, callers leave the text out or
say it in English, so no reader ever meets a box in place of a letter.
"""

import os
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont, features

type Font = ImageFont.FreeTypeFont

FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts",
    "/System/Library/Fonts", "/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip
CJK_SANS = (
    "NotoSansCJK-Bold.ttc", "SourceHanSans-Bold.ttc", "NotoSansJP-Bold.ttf",
    "NotoSansKR-Bold.ttf", "NotoSansTC-Bold.ttf", "NanumGothicBold.ttf", "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf", "ヒラギノ角ゴシック W6.ttc", "AppleSDGothicNeo.ttc",
    "PingFang.ttc", "YuGothB.ttc", "malgunbd.ttf", "msyhbd.ttc",
)  # fmt: skip
LATIN_SANS = (
    "NotoSans-Bold.ttf", "DejaVuSans-Bold.ttf", "LiberationSans-Bold.ttf",
    "Arial Bold.ttf", "arialbd.ttf",
)  # fmt: skip
CJK_SERIF = ("NotoSerifCJK-Bold.ttc", "SourceHanSerif-Bold.ttc", *CJK_SANS)
LATIN_SERIF = (
    "NotoSerif-Bold.ttf", "DejaVuSerif-Bold.ttf", "LiberationSerif-Bold.ttf",
    "Georgia Bold.ttf", "georgiab.ttf", *LATIN_SANS,
)  # fmt: skip
ARABIC = (
    "NotoKufiArabic-Bold.ttf",
    "NotoNaskhArabic-Bold.ttf",
    "DejaVuSans-Bold.ttf",
    "arialbd.ttf",
)
# The order of the regional faces inside the Noto CJK collections.
FACES = {"ja": 0, "ko": 1, "zh-Hans": 2, "zh-Hant": 3}


@dataclass(frozen=True, slots=True)
class Face:
    """A font file and the face inside it; no path means the one Pillow carries."""

    path: str | None
    index: int = 0

    def at(self, pixels: int) -> Font:
        return _load(self, pixels)


def face_for(text: str, language: str, serif: bool = False) -> Face | None:
    """The first fitting face that has every letter of the text, if there is one."""
    if language == "ar" and not _can_shape_arabic():
        return None
    letters = frozenset(text) - {" ", "\n"}
    for face in _candidates(language, serif):
        if all(_has(face, letter) for letter in letters):
            return face
    return None


@cache
def _candidates(language: str, serif: bool) -> tuple[Face, ...]:
    cjk, latin = (CJK_SERIF, LATIN_SERIF) if serif else (CJK_SANS, LATIN_SANS)
    if language in FACES:
        names: tuple[str, ...] = (*cjk, *latin)
    elif language == "ar":
        names = ARABIC
    else:
        names = (*latin, *cjk)
    installed = _installed()
    found = [
        Face(installed[name], FACES.get(language, 0) if "CJK" in name else 0)
        for name in names
        if name in installed
    ]
    return (*found, Face(None))


@cache
def _installed() -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in FOLDERS:
        for here, _, names in os.walk(Path(folder).expanduser()):
            for name in names:
                found.setdefault(name, str(Path(here, name)))
    return found


@cache
def _can_shape_arabic() -> bool:
    return bool(features.check("raqm") and features.check("fribidi"))


@lru_cache(maxsize=256)
def _load(face: Face, pixels: int) -> Font:
    if face.path is None:
        font = ImageFont.load_default(pixels)
        assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
        return font
    return ImageFont.truetype(face.path, pixels, index=face.index)


@cache
def _has(face: Face, letter: str) -> bool:
    """A missing letter is drawn as the font's box, the same as an unassigned one."""
    font = face.at(24)
    drawn, box = font.getmask(letter), font.getmask("\U0010fffe")
    return drawn.size != box.size or bytes(drawn) != bytes(box)
