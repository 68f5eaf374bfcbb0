"""Putting one thing of an ordered whole somewhere else, with as few changed rows as possible."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

type Placed = tuple[UUID, int]
"""An id and its position; positions are unique, may have gaps and may lie below zero."""


class Step(StrEnum):
    FIRST = "first"
    UP = "up"
    DOWN = "down"
    LAST = "last"


def moved(placed: Sequence[Placed], which: UUID, step: Step) -> dict[UUID, int]:
    """The new positions of what has to change; empty where nothing does.

    `placed` is in order, and only what the person sees: what is hidden between two neighbours
    keeps its place, and nobody learns of it.
    """
    ids = [one for one, _ in placed]
    if which not in ids:
        return {}
    here = ids.index(which)
    there = {Step.FIRST: 0, Step.UP: here - 1, Step.DOWN: here + 1, Step.LAST: len(ids) - 1}[step]
    if there == here or not 0 <= there < len(ids):
        return {}
    towards = 1 if there > here else -1
    run = range(here, there, towards)
    changes = {ids[at + towards]: placed[at][1] for at in run}
    return {**changes, which: placed[there][1]}
