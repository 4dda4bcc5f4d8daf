"""What a scanned or typed code leads to: into the room whoever was launched, others to the course."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from lti_tool import clock
from lti_tool.courses.service import course_page
from lti_tool.groups.room import service as rooms
from lti_tool.lti.models import LaunchSession
from lti_tool.lti.session import newest_visit
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web import browser
from lti_tool.web.codes import typed_code
from lti_tool.web.tool import current_tool

door = Blueprint("door", __name__)
_WANTED = "room"
_WANTED_FOR = timedelta(minutes=30)
"""As long as it takes to find the course in the learning platform; later visits want other things."""


@door.get("/room")
def ask() -> ResponseReturnValue:
    """Ask for the code, or lead on with the one that was typed."""
    code = typed_code(request.args.get("code", ""))
    if code:
        return redirect(url_for(".enter", code=code), 303)
    return render_template("groups/room_door.html", state="ask", lms_url=None)


@door.get("/room/<code>")
def enter(code: str) -> ResponseReturnValue:
    """Lead into the room whoever this browser was launched as; tell others how to enter.

    A code opens nothing by itself: who was not launched into the course learns where the
    course lies in the learning platform, and nothing of room or people.
    """
    with current_tool().database.reading(EVERYWHERE) as session:
        found = rooms.by_code(session, typed_code(code))
        if found is None:
            page = render_template(
                "groups/room_door.html", state="unknown", lms_url=None
            )
            return page, 404
        room, course = found
        visit = newest_visit(session, browser.known(), course.id)
        if visit is None:
            until = clock.now() + _WANTED_FOR
            cookie[_WANTED] = [room.code, until.timestamp()]
            lms_url = course_page(session, course)
            return render_template(
                "groups/room_door.html", state="outside", lms_url=lms_url
            )
        return redirect(
            url_for("groups.room", launch=visit.id, formation_id=room.formation_id), 303
        )


def wanted_room(launch_session_id: str) -> str | None:
    """Return the address of the room that this browser wanted before its launch, if it is there."""
    code, until = cookie.pop(_WANTED, ("", 0))
    if until < clock.now().timestamp():
        return None
    with current_tool().database.reading(EVERYWHERE) as session:
        found = rooms.by_code(session, code)
        opened = session.get_one(LaunchSession, launch_session_id)
        if found is None or found[1].id != opened.course_id or opened.deep_linking:
            return None
        formation_id = found[0].formation_id
    return url_for("groups.room", launch=launch_session_id, formation_id=formation_id)
