"""Runs inside a sandbox child, which imports little: nothing of pytest in here."""

import os

from app.scanning import analyzer


def die_of_the_bad_one(fd: int, request: analyzer.Request) -> analyzer.Analysis:
    if request.name == b"c002.cbz":
        os.abort()
    return analyzer.analyse_file(fd, request)
