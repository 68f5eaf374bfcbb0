"""What every address of the API may answer beside what was asked for."""

from litestar.openapi.datastructures import ResponseSpec

from app.api.schemas import ApiProblem
from app.foundation.web.errors import PROBLEM_JSON

_WORDS = {
    400: "The request cannot be read, or names two different people.",
    401: "There is no key, or it opens nothing (any more).",
    403: "The key was not made for this.",
    422: "What was sent has a mistake in it.",
    429: "Too many tries. `Retry-After` says how many seconds to wait.",
    503: "Not available at the moment. `Retry-After` says when to come again.",
}


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    return {
        status: ResponseSpec(
            ApiProblem,
            generate_examples=False,
            description=_WORDS[status],
            media_type=PROBLEM_JSON,
        )
        for status in statuses
    }
