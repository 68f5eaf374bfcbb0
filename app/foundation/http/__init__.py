"""`Outbound` itself is in `client`: whoever goes out imports it then, and pays for httpx."""

from app.foundation.http.errors import LeftMeanwhile, OutboundError, Refused, Resting
from app.foundation.http.pacing import LocalPace, Pace, Rate
from app.foundation.http.shared_pacing import SharedPace

__all__ = [
    "LeftMeanwhile",
    "LocalPace",
    "OutboundError",
    "Pace",
    "Rate",
    "Refused",
    "Resting",
    "SharedPace",
]
