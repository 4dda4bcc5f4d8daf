"""Who may see which page. Nothing is served below /l/ unless a page names who may."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, g, make_response
from flask.typing import ResponseReturnValue

from lti_tool.errors import NotAllowedError, PreviewError
from lti_tool.lti.models import LaunchSession
from lti_tool.lti.session import resume
from lti_tool.persistence.session import EVERYWHERE, Session
from lti_tool.web import browser
from lti_tool.web.tool import Tool, current_tool


class Who(StrEnum):
    """For whom a page is. Staff without a duty are only ANYONE."""

    LEAD = "lead"
    ASSISTANT = "assistant"
    REVIEWER = "reviewer"
    SPEAKER = "speaker"
    EXAMINER = "examiner"
    PARTICIPANT = "participant"
    ANYONE = "anyone"
    """Everybody whom a trusted launch brought into this course."""


TEAM = frozenset({Who.LEAD, Who.ASSISTANT, Who.REVIEWER, Who.SPEAKER, Who.EXAMINER})
"""Staff with any duty."""


@dataclass(frozen=True, slots=True)
class Membership:
    """What the course knows of a visitor."""

    is_active: bool
    role: str
    """``staff``, ``participant`` or ``none``: the role of the launch beats that of the roster."""
    is_preview: bool
    """Staff who came with a learner's role: they see a participant's pages and change nothing."""
    duties: frozenset[str]
    name: str
    course_title: str
    time_zone: str


MembershipOf = Callable[[Session, LaunchSession], Membership]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one person in one course; ``session`` sees this course only."""

    session: Session
    launch_id: str
    registration_id: int
    course_id: int
    course_title: str
    zone: ZoneInfo
    person_id: int
    name: str
    role: str
    is_preview: bool
    who: frozenset[Who]
    locale: str
    frame_origin: str
    activity: str = "home"
    tool: Tool = field(repr=False, default=None)  # type: ignore[assignment]

    def is_any(self, *wanted: Who) -> bool:
        """Tell whether the visitor is one of these."""
        return bool(self.who & set(wanted))

    @property
    def is_participant(self) -> bool:
        """Tell whether this is a participant (or staff who look at the course as one)."""
        return Who.PARTICIPANT in self.who

    @property
    def is_team(self) -> bool:
        """Tell whether this is staff with a duty."""
        return bool(self.who & TEAM)

    @property
    def is_lead(self) -> bool:
        """Tell whether this is a lead of the course."""
        return Who.LEAD in self.who


View = Callable[..., ResponseReturnValue]


class Pages(Blueprint):
    """The pages of one feature below ``/l/<launch session>/``; each names who may see it.

    A view gets the Visit first. A GET gets a session that can only read; what a POST changes is
    committed when the view returns, and rolled back when it raises.
    """

    def __init__(self, name: str, import_name: str, *, prefix: str = "") -> None:
        super().__init__(name, import_name, url_prefix=f"/l/<launch>{prefix}")
        self.allowed: dict[str, frozenset[Who]] = {}

    def page(self, rule: str, *, allow: Collection[Who]) -> Callable[[View], View]:
        """Register a view for GET."""
        return self._register(rule, "GET", allow)

    def action(self, rule: str, *, allow: Collection[Who]) -> Callable[[View], View]:
        """Register a view for POST; staff who look on as a participant are refused."""
        return self._register(rule, "POST", allow)

    def _register(
        self, rule: str, method: str, allow: Collection[Who]
    ) -> Callable[[View], View]:
        def register(view: View) -> View:
            guarded = _guarded(view, frozenset(allow), writes=method == "POST")
            self.allowed[view.__name__] = frozenset(allow)
            self.add_url_rule(rule, view.__name__, guarded, methods=[method])
            return view

        return register


def _guarded(view: View, allow: frozenset[Who], *, writes: bool) -> View:
    @wraps(view)
    def guarded(launch: str, **arguments: Any) -> ResponseReturnValue:
        tool = current_tool()
        opened, membership = _recognise(tool, launch)
        who = rights(membership)
        if not (allow & who):
            raise NotAllowedError
        if writes and membership.is_preview:
            raise PreviewError
        database = tool.database
        begin = database.transaction if writes else database.reading
        with begin(opened.course_id) as session:
            visit = _visit(tool, session, opened, membership, who)
            g.visit = visit
            # Lazy strings and queries of the template run while the session is open.
            return make_response(view(visit, **arguments))

    return guarded


def _recognise(tool: Tool, launch: str) -> tuple[LaunchSession, Membership]:
    with tool.database.reading(EVERYWHERE) as session:
        opened = resume(session, launch, browser.proof())
        g.launch_session = opened
        membership = tool.membership_of(session, opened)
    if not membership.is_active:
        raise NotAllowedError(why="membership ended")
    return opened, membership


def rights(membership: Membership) -> frozenset[Who]:
    """Return for whom this visitor counts. A learner's role never carries a duty."""
    who = {Who.ANYONE}
    if membership.role == "participant":
        who.add(Who.PARTICIPANT)
    elif membership.role == "staff":
        who |= {Who(duty) for duty in membership.duties}
    return frozenset(who)


def _visit(
    tool: Tool,
    session: Session,
    opened: LaunchSession,
    membership: Membership,
    who: frozenset[Who],
) -> Visit:
    return Visit(
        session=session,
        launch_id=opened.id,
        registration_id=opened.registration_id,
        course_id=opened.course_id,
        course_title=membership.course_title,
        zone=ZoneInfo(membership.time_zone),
        person_id=opened.person_id,
        name=membership.name,
        role=membership.role,
        is_preview=membership.is_preview,
        who=who,
        locale=opened.locale,
        frame_origin=opened.frame_origin,
        activity=opened.activity,
        tool=tool,
    )


def fill_launch(endpoint: str, values: dict[str, Any]) -> None:
    """Let templates link to pages of the same launch session without naming it."""
    opened = g.get("launch_session")
    if opened is not None and "launch" not in values and _below_launch(endpoint):
        values["launch"] = opened.id


def _below_launch(endpoint: str) -> bool:
    return current_app.url_map.is_endpoint_expecting(endpoint, "launch")
