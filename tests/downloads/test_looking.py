"""What is looked at in the sandbox before it counts as a page."""

import os
from io import BytesIO

import pytest
from PIL import Image

from app.downloads.looking import Look, look


def picture(kind: str = "JPEG", size: tuple[int, int] = (400, 600), **how: bool) -> bytes:
    out = BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **how)
    return out.getvalue()


def looked_at(data: bytes) -> Look:
    fd = os.memfd_create("page")
    try:
        os.write(fd, data)
        return look(fd, len(data))
    finally:
        os.close(fd)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_a_whole_picture_is_measured_and_counted(kind: str) -> None:
    found = looked_at(picture(kind)).picture

    assert found is not None
    assert (found.width, found.height) == (400, 600)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "It is empty."),
        (b"  <!DOCTYPE html><html>", "It is a web page and no picture."),
        (b"nothing in particular", "It is no picture that can be shown."),
        (picture(size=(60, 60)), "The picture is too small to be a page."),
        (picture()[:-900], "The image is damaged and cannot be shown."),
        (picture()[:-900] + b"\xff\xd9", "The image is damaged and cannot be shown."),
        (
            picture(progressive=True)[:-3000] + b"\xff\xd9",
            "The image is damaged and cannot be shown.",
        ),
    ],
)
def test_SEC68_what_is_no_whole_page_is_told_apart(data: bytes, why: str) -> None:
    assert looked_at(data) == Look(why_not=why)
