"""A table on the screen and the same as JSON: each figure beside its target."""

import json
import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`at_least`: the target is a floor (per second); otherwise it is a ceiling (seconds, MB)."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def is_met(self) -> bool | None:
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target


def report(title: str, figures: list[Figure]) -> None:
    """Prints both; the JSON is the last line, for machines."""
    print(f"\n{title}")
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        print(
            f"  {figure.name:<{width}}  {figure.value:>12,.3f} {figure.unit:<8} {_target(figure)}"
        )
    print(json.dumps({"bench": title, "figures": [_table(figure) for figure in figures]}))
    sys.stdout.flush()


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    sign = "≥" if figure.at_least else "≤"
    return f"{sign} {figure.target:,g}  {'met' if figure.is_met else 'MISSED'}"


def _table(figure: Figure) -> dict[str, object]:
    return {**asdict(figure), "met": figure.is_met}
