"""One walk through every screen. Several tests judge what was seen there."""

from dataclasses import dataclass, field

from playwright.async_api import Page

from tests.e2e import axe, steps
from tests.e2e.house import DESK, PHONE, House

SMALLEST = (320, 600)
FINGER = 44

TOO_SMALL = """least => {
  const shown = one => one.checkVisibility({visibilityProperty: true}) && !one.closest('details.menu:not([open]) > .menu-body');
  const alone = one => getComputedStyle(one).display !== 'inline';
  const found = [];
  for (const one of document.querySelectorAll('a, button, summary, select, input:not([type=hidden]), textarea')) {
    if (!shown(one) || one.matches('.skip, [tabindex="-1"]')) continue;
    const target = one.matches('[type=checkbox], [type=radio]') ? one.closest('label') : one;
    if (!alone(target) && target.closest('p')) continue;  // a link within a sentence
    const {width, height} = target.getBoundingClientRect();
    if (width < least - .5 || height < least - .5)
      found.push(`${one.tagName} ${one.className} "${one.textContent.trim().slice(0, 30)}" ${Math.round(width)}×${Math.round(height)}`);
  }
  return found;
}"""
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > width + 1 && !one.closest('.shelf, .tabs, .sr'))
    .map(one => `${one.tagName} ${one.className} reaches ${Math.round(one.getBoundingClientRect().right)}`)
    .slice(0, 5).concat(`scrolls to ${document.documentElement.scrollWidth}`);
}"""
# The packed size of each script and style sheet; a cached file tells the size it came with.
_CODE = """() => Object.fromEntries(performance.getEntriesByType('resource')
  .filter(file => /\\.(js|css)$/.test(file.name))
  .map(file => [file.name, file.encodedBodySize]))"""


@dataclass
class Survey:
    """Faults by kind, each with its screen; and the code that each screen loads."""

    rules: list[str] = field(default_factory=list)
    """Of axe-core that are broken."""
    wide: list[str] = field(default_factory=list)
    small: list[str] = field(default_factory=list)
    code: dict[str, dict[str, int]] = field(default_factory=dict)

    async def see(self, page: Page, name: str) -> None:
        self.small += _at(name, await page.evaluate(TOO_SMALL, FINGER))
        for width, height in (PHONE, SMALLEST):
            if (width, height) != PHONE:  # as which it was opened
                await page.set_viewport_size({"width": width, "height": height})
            self.wide += _at(f"{name} at {width}", await page.evaluate(TOO_WIDE))
        await page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        self.rules += _at(name, await axe.violations(page))
        await steps.reader_is_awake(page)  # its code comes after its page
        self.code[name] = await page.evaluate(_CODE)
        await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})


def _at(name: str, found: list[str]) -> list[str]:
    return [f"{name}: {one}" for one in found]


async def survey(house: House) -> Survey:
    made = Survey()
    async with house.window(PHONE) as (page, _):
        await page.context.add_init_script(path=axe.SOURCE)  # sent once, not with every screen
        for name, path in house.places.items():
            await page.goto(path)
            await made.see(page, name)
    return made
