"""Every language that is offered says everything."""

import pytest

from app.foundation.web.i18n import SOURCE_LANGUAGE, languages
from deploy import messages


@pytest.mark.parametrize("language", [name for name in languages() if name != SOURCE_LANGUAGE])
def test_a_language_lacks_nothing_and_keeps_what_is_filled_in(language: str) -> None:
    """`make messages` gathers what is new; what it leaves empty is to be translated."""
    catalogue = messages.LOCALES / language / "LC_MESSAGES" / "bunko.po"

    assert list(messages.faults(catalogue, messages.gathered())) == []
