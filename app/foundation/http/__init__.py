from app.foundation.http.client import Bucket, Fetched, Outbound, patiently
from app.foundation.http.errors import OutboundError, Refused, Resting
from app.foundation.http.pacing import LocalPace, Rate, SharedPace

__all__ = [
    "Bucket",
    "Fetched",
    "LocalPace",
    "Outbound",
    "OutboundError",
    "Rate",
    "Refused",
    "Resting",
    "SharedPace",
    "patiently",
]
