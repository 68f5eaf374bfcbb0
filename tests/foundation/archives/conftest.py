"""Examples may take as long as a busy machine makes them: time is never what a property is about."""

from hypothesis import settings

settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")
