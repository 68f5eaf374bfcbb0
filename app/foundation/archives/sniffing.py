"""What a file really is, by its first bytes. Names and declared types are never believed."""

from app.foundation.archives.errors import BadFile, NotSupportedYet, Unsuitable

ENOUGH = 512
"""Bytes from the start that every rule here can live with."""

_AVIF_BRANDS = (b"avif", b"avis")


def sniff(data: bytes) -> str | None:
    """The media type of an image we may serve, or None: JPEG, PNG, WebP, GIF, AVIF, nothing else."""
    head = data[:12]
    if head[:3] == b"\xff\xd8\xff":
        media_type = "image/jpeg"
    elif head[:8] == b"\x89PNG\r\n\x1a\n":
        media_type = "image/png"
    elif head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        media_type = "image/webp"
    elif head[:6] in (b"GIF87a", b"GIF89a"):
        media_type = "image/gif"
    elif head[4:8] == b"ftyp" and _is_avif(data):
        media_type = "image/avif"
    else:
        return None
    return media_type


def archive_kind(head: bytes) -> str:
    """ "zip" or "tar", by the first `ENOUGH` bytes of a file; anything else is a BadFile."""
    if not head:
        raise BadFile("The file is empty.")
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if head[257:262] == b"ustar":
        return "tar"
    for magic, reason in _KNOWN_STRANGERS:
        if head.startswith(magic):
            raise NotSupportedYet(reason)
    if sniff(head) is not None:
        raise Unsuitable("This is a single image, not an archive of pages.")
    # A ZIP may begin with foreign bytes (self-extracting); its directory decides.
    return "zip"


_KNOWN_STRANGERS = (
    (b"Rar!\x1a\x07", "This is a RAR archive (CBR), which is not supported yet."),
    (b"7z\xbc\xaf\x27\x1c", "This is a 7-Zip archive (CB7), which is not supported yet."),
    (b"%PDF-", "This is a PDF, which is not supported yet."),
    (b"\x1f\x8b", "This is a compressed tar archive; only plain tar (CBT) can be read."),
    (b"\xfd7zXZ\x00", "This is a compressed tar archive; only plain tar (CBT) can be read."),
    (b"BZh", "This is a compressed tar archive; only plain tar (CBT) can be read."),
    (b"\x28\xb5\x2f\xfd", "This is a compressed tar archive; only plain tar (CBT) can be read."),
)


def _is_avif(data: bytes) -> bool:
    # ISO BMFF: size, "ftyp", major brand, minor version, then compatible brands.
    length = min(int.from_bytes(data[:4], "big"), len(data), ENOUGH)
    brands = [data[at : at + 4] for at in (8, *range(16, length - 3, 4))]
    return any(brand in _AVIF_BRANDS for brand in brands)
