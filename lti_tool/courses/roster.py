"""Fetches lists of members that are due, one of each platform at a time, and hands over complete ones only."""

import threading
import time
from http import HTTPStatus

import structlog

from lti_tool.courses import runs
from lti_tool.courses.runs import LostError, Run, Spared
from lti_tool.lti import course_groups
from lti_tool.lti.connector import (
    CannotSignError,
    Connector,
    ForeignAddressError,
    Platform,
    ScopeNotGrantedError,
    TokenRefusedError,
)
from lti_tool.lti.course_groups import GroupsRefusedError, PlatformGroups
from lti_tool.lti.http import PlatformUnreachableError, Reply
from lti_tool.lti.roster import Membership, RosterRefusedError, members
from lti_tool.persistence.session import Database

_PLATFORMS = 4
"""Platforms at a time; the others come next."""
_NOTE_SECONDS = 1.0
"""How often a run notes how far it is."""
_FAULTS = (
    RosterRefusedError,
    PlatformUnreachableError,
    TokenRefusedError,
    CannotSignError,
    ForeignAddressError,
)
_NO_GROUPS = (
    GroupsRefusedError,
    PlatformUnreachableError,
    ScopeNotGrantedError,
    TokenRefusedError,
    ForeignAddressError,
)
log = structlog.get_logger()


class _StoppedError(Exception):
    """The worker was asked to stop."""


def fetch_due(
    database: Database, connector: Connector, spared: Spared = lambda _session: ()
) -> int:
    """Fetch every list of members that is due and return how many were taken over."""
    fetcher = Fetcher(database, connector, spared)
    # Of more platforms than are served at a time each gets its turn.
    while fetcher.look():
        fetcher.wait()
    return fetcher.taken


class Fetcher:
    """Fetches in threads of its own, one for each platform, until ``stop`` is set."""

    def __init__(
        self,
        database: Database,
        connector: Connector,
        spared: Spared = lambda _session: (),
        stop: threading.Event | None = None,
    ) -> None:
        self._database, self._connector, self._spared = database, connector, spared
        self._stop = stop or threading.Event()
        self._changed = threading.Condition()
        self._serving: dict[int, Run | None] = {}
        self.taken = 0

    def look(self) -> bool:
        """See to it that platforms with a list due are served; return whether any is, at once."""
        if not self._stop.is_set():
            for registration_id in runs.due_platforms(self._database, self._spared):
                self._begin(registration_id)
        with self._changed:
            return bool(self._serving)

    def _begin(self, registration_id: int) -> None:
        with self._changed:
            if registration_id in self._serving or len(self._serving) >= _PLATFORMS:
                return
            self._serving[registration_id] = None
        # A request that hangs must not keep a process that was asked to stop.
        threading.Thread(
            target=self._serve, args=(registration_id,), daemon=True
        ).start()

    def wait(self, seconds: float | None = None) -> None:
        """Wait for what runs, and give back what does not end in time."""
        with self._changed:
            self._changed.wait_for(lambda: not self._serving, seconds)
            left = [run for run in self._serving.values() if run is not None]
        for run in left:
            runs.release(self._database, run)

    def _serve(self, registration_id: int) -> None:
        try:
            while (run := self._claim(registration_id)) is not None:
                self._fetch(run)
        except Exception:
            # The lease ends by itself, and the next look begins anew.
            log.exception("rosters failed", registration=registration_id)
        finally:
            with self._changed:
                del self._serving[registration_id]
                self._changed.notify_all()

    def _claim(self, registration_id: int) -> Run | None:
        if self._stop.is_set():
            return None
        run = runs.claim(self._database, registration_id, self._spared)
        with self._changed:
            self._serving[registration_id] = run
        return run

    def _fetch(self, run: Run) -> None:
        try:
            self._try(run)
        except LostError:
            log.warning("roster lost", course=run.course_id)
        except _StoppedError:
            runs.release(self._database, run)

    def _try(self, run: Run) -> None:
        way = _Way(self._database, run, self._stop)
        try:
            connector = self._connector.remembering()
            platform = connector.platform(run.registration_id)
            listed = members(connector, platform, run.url, way.read)
            groups = _groups(connector, platform, run, listed, way)
            taken = runs.finish(self._database, run, listed, groups)
        except (LostError, _StoppedError):
            raise
        except _FAULTS as error:
            _fail(self._database, run, error)
        except Exception:
            # One list that nobody foresaw must not hold up all others.
            log.exception("roster failed", course=run.course_id)
            runs.fail(self._database, run, "tool_error")
        else:
            with self._changed:
                self.taken += taken


class _Way:
    """How far a run is: noted now and then, and a place to stop at."""

    def __init__(self, database: Database, run: Run, stop: threading.Event) -> None:
        self._database, self._run, self._stop = database, run, stop
        self._noted = float("-inf")
        self._read = (0, 0)

    def read(self, pages: int, members: int) -> None:
        """Note that so many were read."""
        self._read = (pages, members)
        self.go_on()

    def go_on(self) -> None:
        """Keep the run ours; raise LostError if it is not, _StoppedError if the worker is to end."""
        if self._stop.is_set():
            raise _StoppedError
        if time.monotonic() - self._noted >= _NOTE_SECONDS:
            runs.note(self._database, self._run, *self._read)
            self._noted = time.monotonic()


def _groups(
    connector: Connector,
    platform: Platform,
    run: Run,
    listed: list[Membership],
    way: _Way,
) -> PlatformGroups | None:
    """Return the platform's groups; None, and no harm done, where it does not tell them now."""
    try:
        return course_groups.groups(
            connector, platform, run.groups_url, listed, way.go_on
        )
    except _NO_GROUPS as error:
        log.warning("groups", course=run.course_id, error=type(error).__name__)
        return None


def _fail(database: Database, run: Run, error: Exception) -> None:
    reply = getattr(error, "reply", None)
    asked = reply.retry_after if isinstance(reply, Reply) else None
    spares = asked is not None or _is_of_the_platform(error, reply)
    runs.fail(database, run, _reason(error), asked=asked, spares=spares)


def _is_of_the_platform(error: Exception, reply: Reply | None) -> bool:
    """Tell whether its other lists would fare no better just now."""
    if reply is None:
        return isinstance(error, PlatformUnreachableError)
    is_fault = reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return is_fault or reply.status == HTTPStatus.TOO_MANY_REQUESTS


def _reason(error: Exception) -> str:
    match error:
        case RosterRefusedError():
            return f"refused_{error.status}"
        case PlatformUnreachableError():
            return f"unreachable_{error.kind}"
        case ScopeNotGrantedError():
            return "refused_scope"
        case TokenRefusedError():
            return "token_refused"
        case CannotSignError():
            return "cannot_sign"
    return "address_of_other_host"
