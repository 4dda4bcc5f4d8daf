"""What a platform's gradebook says of a line item (Assignment and Grade Services 2.0, results)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from lti_tool.lti import claims
from lti_tool.lti.connector import Connector, Platform
from lti_tool.lti.grades import RESULT_SCOPE, below
from lti_tool.lti.paging import Listing, ListRefusedError, deadline, pages

_MOST_RESULTS = 100_000


class ResultsRefusedError(ListRefusedError):
    """The platform did not deliver a complete list of results."""


# No page size is asked for: Moodle answers 404 to that.
_LIST = Listing(
    scope=RESULT_SCOPE,
    media_type="application/vnd.ims.lis.v2.resultcontainer+json",
    member=None,
    most_pages=500,
    refused=ResultsRefusedError,
)


@dataclass(frozen=True, slots=True)
class Result:
    """What the platform shows of one person: points of a maximum."""

    score: float
    maximum: float


def results(
    connector: Connector, platform: Platform, line_item: str
) -> dict[str, Result]:
    """Return all results of a line item by user id, every page; who has no grade is not in it.

    Raise ResultsRefusedError if any page fails or says what cannot be understood: a result that
    is only missing here would look like one that somebody has deleted there.
    """
    found: dict[str, Result] = {}
    url = below(line_item, "results")
    for page in pages(connector, platform, url, _LIST, deadline()):
        for entry in page:
            sub, result = _result(entry)
            # Pages shift while grades come in, so somebody may be listed twice.
            found.pop(sub, None)
            if result is not None:
                found[sub] = result
        if len(found) > _MOST_RESULTS:
            raise ResultsRefusedError(HTTPStatus.INSUFFICIENT_STORAGE)
    return found


def _result(entry: Any) -> tuple[str, Result | None]:
    if not isinstance(entry, Mapping) or not claims.is_id(entry.get("userId")):
        raise ResultsRefusedError(HTTPStatus.OK)
    sub, score = entry["userId"], entry.get("resultScore")
    if score is None:
        return sub, None
    maximum = entry.get("resultMaximum")
    # The specification's value where a platform names none.
    result = Result(_number(score), 1.0 if maximum is None else _number(maximum))
    if result.maximum <= 0:
        raise ResultsRefusedError(HTTPStatus.OK)
    return sub, result


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ResultsRefusedError(HTTPStatus.OK)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ResultsRefusedError(HTTPStatus.OK)
    return number
