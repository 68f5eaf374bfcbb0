"""Facts about providers, which the rooms above listen to."""

from dataclasses import dataclass

from app.providers.models import Health, Provider


@dataclass(frozen=True, slots=True)
class HealthChanged:
    provider: Provider
    before: Health


@dataclass(frozen=True, slots=True)
class ProviderLeaves:
    """It is taken away by a person, in a moment, with all that was followed there."""

    provider: Provider
