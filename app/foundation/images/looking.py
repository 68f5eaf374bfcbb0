"""Whether foreign bytes are a picture: decoded as a whole, in the sandbox."""

import os

from app.foundation.archives import limits
from app.foundation.archives.errors import BadFile
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.images.decoding import decoded, opened


def look(fd: int, _order: None) -> tuple[int, int]:
    """Sandbox target: width and height of the picture behind the descriptor."""
    size = os.fstat(fd).st_size
    if size > limits.MOST_ENTRY_BYTES:
        raise BadFile("The page is too large.")
    with opened(os.pread(fd, size, 0)) as image:
        size_as_told = image.size
        decoded(image, 1.0, is_grey=True)
        return size_as_told


_LOOK = f"{__name__}:{look.__name__}"


async def look_at(pool: SandboxPool, data: bytes) -> tuple[int, int]:
    """Its width and height; BadFile with a plain reason where it is none that can be shown."""
    fd = os.memfd_create("picture")
    try:
        os.write(fd, data)
        return await pool.run(_LOOK, fd, None, answer=tuple[int, int])
    finally:
        os.close(fd)
