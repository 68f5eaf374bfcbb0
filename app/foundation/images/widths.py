"""The ladder of widths: few different sizes, so that addresses stay cacheable."""

WIDTHS = (320, 480, 640, 720, 1080, 1440, 1920)
COVER_WIDTHS = (320, 640)


def snap(width: int) -> int:
    """The smallest rung that is at least `width` pixels; the highest rung beyond the ladder."""
    return next((rung for rung in WIDTHS if rung >= width), WIDTHS[-1])
