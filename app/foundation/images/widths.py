"""The ladders of sizes: few different ones, so that addresses stay cacheable."""

WIDTHS = (320, 480, 640, 720, 1080, 1440, 1920)
"""Of phones, tablets and desktops."""
EINK_SIDES = (600, 758, 800, 1024, 1072, 1236, 1264, 1404, 1448, 1648, 1680, 1860, 1872, 2480)
"""Short and long sides of e-ink screens, exactly: a dithered picture must not be scaled again."""
SIDES = tuple(sorted({*WIDTHS, *EINK_SIDES, 2160, 2560}))
COVER_WIDTHS = (320, 640)


def snap(side: int) -> int:
    """The smallest rung that is at least this many pixels; the highest rung beyond the ladder."""
    return next((rung for rung in SIDES if rung >= side), SIDES[-1])
