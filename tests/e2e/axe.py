"""axe-core (vendored: see axe/), asked about the screen that is open."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

SOURCE = Path(__file__).parent / "axe" / "axe-4.14.1.min.js"
# Style sheets are not fetched again for the one rule that reads them: a test of the frontend has it.
_RUN = """async only => {
  const options = {resultTypes: ["violations"], iframes: false, preload: false};
  if (only) options.runOnly = only;
  return (await axe.run(document, options)).violations;
}"""


@cache
def _source() -> str:
    return SOURCE.read_text("utf-8")


async def violations(page: Page, *only: str) -> list[str]:
    """One line for each element that breaks a rule; `only` names rules, else all run."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(_source())
    found: list[dict[str, Any]] = await page.evaluate(_RUN, list(only) or None)
    return [
        f"{rule['id']}: {' '.join(node['target'])}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


async def violations_by_day_and_night(page: Page) -> list[str]:
    """All rules in light, colours in dark: the markup is the same."""
    await wear(page, "light")
    found = await violations(page)
    await wear(page, "dark")
    return found + [f"in dark: {one}" for one in await violations(page, "color-contrast")]


async def wear(page: Page, theme: str) -> None:
    await page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
