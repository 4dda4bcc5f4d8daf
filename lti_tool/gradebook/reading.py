"""Reads what a platform shows of a column, and says in codes why it does not."""

from collections.abc import Collection
from datetime import timedelta
from http import HTTPStatus

from lti_tool.gradebook import rules
from lti_tool.gradebook.comparing import Shown
from lti_tool.gradebook.rules import Outcome, Trace
from lti_tool.lti import grades as ags
from lti_tool.lti.connector import (
    CannotSignError,
    Connector,
    ForeignAddressError,
    Platform,
    ScopeNotGrantedError,
    TokenRefusedError,
)
from lti_tool.lti.http import PlatformUnreachableError, Reply
from lti_tool.lti.results import ResultsRefusedError, results

GONE = "line_item_gone"
_OF_COLUMN = frozenset({GONE, "no_results_service", "not_understood"})
_OF_TRACE = {Trace.GONE: GONE, Trace.AWAY: "platform_error"}
_PASSING = frozenset(
    {"slow_down", "platform_error", "page_instead", "redirected", "cannot_sign"}
)
_NO_SERVICE = frozenset(
    {
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.NOT_ACCEPTABLE,
        HTTPStatus.NOT_IMPLEMENTED,
    }
)
_MOST_PAGES = 50
_ENDLESS = frozenset({HTTPStatus.GATEWAY_TIMEOUT, HTTPStatus.LOOP_DETECTED})
"""How a list says that it came to its own limits."""


class NotShownError(Exception):
    """The platform does not show a column; ``code`` is the reason.

    ``passes`` tells whether it may show it soon, ``pause`` for how long it asked to be left alone,
    ``is_endless`` whether asking for another column would be as long in vain.
    """

    def __init__(
        self,
        code: str,
        *,
        passes: bool = False,
        pause: timedelta | None = None,
        is_endless: bool = False,
    ) -> None:
        super().__init__(code)
        self.code, self.pause, self.is_endless = code, pause, is_endless
        self.passes = passes or code in _PASSING

    @property
    def is_of_column(self) -> bool:
        """Tell whether other columns may be shown all the same."""
        return self.code in _OF_COLUMN and not self.is_endless


def read(
    connector: Connector,
    platform: Platform,
    url: str,
    container: str | None,
    scopes: Collection[str],
) -> dict[str, Shown]:
    """Return what the platform shows of everybody in a column, or raise NotShownError.

    ``container`` is the list that the column would stand in, ``scopes`` are those that launches
    named; none for not known.
    """
    if scopes and ags.RESULT_SCOPE not in scopes:
        raise NotShownError("results_not_offered")
    try:
        listed = results(connector, platform, url)
    except ResultsRefusedError as error:
        if error.status in rules.MISSING:
            seen = trace(connector, platform, url, container, scopes)
            raise NotShownError(_OF_TRACE.get(seen, "no_results_service")) from error
        raise _of_answer(error.status, error.reply) from error
    except PlatformUnreachableError as error:
        raise _of_silence(error) from error
    except (TokenRefusedError, CannotSignError, ForeignAddressError) as error:
        raise _without_asking(error) from error
    return {sub: Shown(one.score, one.maximum) for sub, one in listed.items()}


def _of_answer(status: int, reply: Reply | None) -> NotShownError:
    if status in _NO_SERVICE:
        return NotShownError("no_results_service")
    seen = rules.judge_look(reply.status, reply.text) if reply is not None else None
    if reply is None or seen is None:
        is_endless = reply is None and status in _ENDLESS
        return NotShownError("not_understood", is_endless=is_endless)
    judged = rules.judge(reply.status, reply.text, reply.retry_after)
    return NotShownError(seen, pause=judged.wait)


def _of_silence(error: PlatformUnreachableError) -> NotShownError:
    judged = rules.unreachable(error.kind)
    return NotShownError(judged.code, passes=judged.outcome is Outcome.RETRY)


def _without_asking(
    error: TokenRefusedError | CannotSignError | ForeignAddressError,
) -> NotShownError:
    match error:
        case ScopeNotGrantedError():
            return NotShownError("results_not_granted")
        case TokenRefusedError():
            return _of_token(error.reply)
        case CannotSignError():
            return NotShownError("cannot_sign")
    return NotShownError("address_of_other_host")


def _of_token(reply: Reply) -> NotShownError:
    judged = rules.judge_token(reply.status, reply.text, reply.retry_after)
    if judged.code == "scope_not_granted":
        return NotShownError("results_not_granted")
    return NotShownError(judged.code, pause=judged.wait)


def trace(
    connector: Connector,
    platform: Platform,
    url: str,
    container: str | None,
    scopes: Collection[str],
) -> Trace:
    """Look at a column itself, and at the list that it would stand in."""
    scope = ags.reading_scope(scopes)
    if scope is None:
        return Trace.HIDDEN
    try:
        reply = ags.look_at(connector, platform, url, scope, is_list=False)
        if reply.status in rules.MISSING and container is not None:
            return _in_list(connector, platform, url, container, scope)
    except PlatformUnreachableError:
        return Trace.AWAY
    except ForeignAddressError:
        return Trace.HIDDEN
    except TokenRefusedError as error:
        judged = rules.judge_token(error.reply.status, error.reply.text)
        return Trace.AWAY if judged.spares_platform else Trace.HIDDEN
    return Trace.HIDDEN if reply.status in rules.MISSING else _seen(reply)


def _seen(reply: Reply) -> Trace:
    if reply.status == HTTPStatus.OK and not rules.is_page(reply.text):
        return Trace.THERE
    judged = rules.judge(reply.status, reply.text)
    is_away = reply.status in rules.MISSING or judged.spares_platform
    return Trace.AWAY if is_away else Trace.HIDDEN


def _in_list(
    connector: Connector, platform: Platform, url: str, container: str, scope: str
) -> Trace:
    """Look for a column in the list; what is listed and cannot be read is no proof of anything."""
    following: str | None = container
    for _page in range(_MOST_PAGES):
        here = following or container
        reply = ags.look_at(connector, platform, here, scope, is_list=True)
        if _seen(reply) is not Trace.THERE:
            return _seen(reply)
        listed = reply.json()
        if not isinstance(listed, list):
            return Trace.AWAY
        if any(isinstance(item, dict) and item.get("id") == url for item in listed):
            return Trace.HIDDEN
        following = reply.next_page(here)
        if following is None:
            return Trace.GONE
    return Trace.HIDDEN
