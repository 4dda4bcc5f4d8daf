"""The pages of a room: the projector for leads, the phone for participants, and how one gets in."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import (
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from lti_tool.courses import service as courses
from lti_tool.errors import InvalidError
from lti_tool.groups import service, words
from lti_tool.groups.forms import IdeaForm
from lti_tool.groups.models import Formation, Topic
from lti_tool.groups.pages import pages
from lti_tool.groups.publishing import service as publishing
from lti_tool.groups.publishing.words import group_names
from lti_tool.groups.room import service as rooms
from lti_tool.groups.room import words as told
from lti_tool.groups.room.forms import ResizeForm
from lti_tool.groups.room.models import Room
from lti_tool.groups.room.rules import Change
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Visit, Who
from lti_tool.web.codes import qr
from lti_tool.web.incoming import is_id
from lti_tool.web.notices import say
from lti_tool.web.tool import current_tool

_LEAD = [Who.LEAD]
_PARTICIPANT = [Who.PARTICIPANT]


@pages.page("/<int:formation_id>/room", allow=[Who.LEAD, Who.PARTICIPANT])
def room(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Show leads the projector and participants the phone; 304 where nothing changed."""
    formation, room = rooms.get_room(visit.session, formation_id)
    shown = _shown(visit, formation, room)
    version = hashlib.sha256(f"{shown} {get_locale()}".encode()).hexdigest()[:16]
    if request.headers.get("If-None-Match") == version:
        return "", 304
    page = "projector" if visit.is_lead else "phone"
    response = make_response(
        render_template(
            f"groups/room_{page}.html",
            formation=formation,
            version=version,
            sentence=words.sentence,
            number_is_set=not room.follows_people,
            wish_word=words.wish_word,
            **shown,
            **(_way_in(room) if visit.is_lead else {}),
        )
    )
    response.headers["ETag"] = version
    return response


def _shown(visit: Visit, formation: Formation, room: Room) -> dict[str, Any]:
    """Return what is on the page, as values that tell whether anything changed."""
    board = rooms.board(visit.session, formation, room)
    shown = {
        "board": board,
        "lines": _lines(visit, board, board.told),
        "is_open": rooms.is_open(room) and formation.put_away_at is None,
    }
    if visit.is_lead:
        return shown | _for_lead(visit, formation, board)
    return shown | _for_participant(visit, formation, board)


def _for_lead(visit: Visit, formation: Formation, board: rooms.Board) -> dict[str, Any]:
    away = rooms.put_away(visit.session, formation)
    return {
        "replaces": bool(publishing.standing(visit.session)),
        "away": [(topic.id, topic.title, topic.state) for topic in away],
        "with_wishes": _lines(visit, board, board.changes, told.line_with_wish),
    }


def _for_participant(
    visit: Visit, formation: Formation, board: rooms.Board
) -> dict[str, Any]:
    me = visit.person_id
    mine = [change for change in board.changes if change.person == me]
    marks = service.wishes_of(visit.session, formation, me)
    group = next((c for c in board.columns if c.number and me in c.people), None)
    return {
        # From what tells whether anything changed, nothing of others can be tried out.
        "board": replace(board, told=(), changes=(), findings=()),
        "marks": marks,
        "is_shown": rooms.is_shown(visit.session, formation, me),
        "group": group,
        "rank": marks.index(group.topic_id) + 1
        if group and group.topic_id in marks
        else None,
        "own_lines": _lines(visit, board, mine, told.own),
        "note": formation.note,
        "may_propose": formation.may_propose,
    }


def _lines(
    visit: Visit, board: rooms.Board, changes: Sequence[Change], say: Any = told.line
) -> list[str]:
    if not changes:
        return []
    names = courses.names(visit.session)
    titles = rooms.titles(visit.session, changes)
    return [
        say(
            change,
            {
                "name": names[change.person],
                "before": titles.get(change.before or 0, ""),
                "now": board.columns[change.group].title,
            },
        )
        for change in changes
    ]


def _way_in(room: Room) -> dict[str, Any]:
    base = current_tool().settings.base_url
    return {
        "code": room.code,
        "door": (base + url_for("door.ask")).partition("://")[2],
        "picture": qr(base + url_for("door.enter", code=room.code)),
    }


def _here(formation_id: int) -> ResponseReturnValue:
    return redirect(url_for(".room", formation_id=formation_id), 303)


# What participants do


@pages.action("/<int:formation_id>/room/ideas", allow=_PARTICIPANT)
def room_idea(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Take a participant's topic."""
    formation, _room = rooms.get_room(visit.session, formation_id)
    title, text = _idea()
    service.propose_topic(visit.session, formation, title, text, by=visit.person_id)
    return _here(formation_id)


@pages.action("/<int:formation_id>/room/marks", allow=_PARTICIPANT)
def mark(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Take a participant's tap on a topic."""
    formation, _room = rooms.get_room(visit.session, formation_id)
    topic, _colon, place = request.form.get("mark", "").partition(":")
    if not (is_id(topic) and place in ("0", "1", "2", "3")):
        raise InvalidError
    rooms.mark(visit.session, formation, visit.person_id, int(topic), int(place))
    return _here(formation_id)


# What leads do


@pages.action("/<int:formation_id>/room/open", allow=_LEAD)
def open_room(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Take a formation into the room."""
    rooms.open_room(visit.session, service.get_formation(visit.session, formation_id))
    return _here(formation_id)


@pages.action("/<int:formation_id>/room/close", allow=_LEAD)
def close_room(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """End a room, so that nobody is led in any more."""
    _formation, room = rooms.get_room(visit.session, formation_id)
    rooms.close_room(room)
    say(_("The room has ended. People answer on their own pages again."))
    return redirect(url_for(".formation", formation_id=formation_id), 303)


@pages.action("/<int:formation_id>/room/topics", allow=_LEAD)
def room_topic(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Take a topic that was called out."""
    formation = _collecting(visit, formation_id)
    title, _text = _idea()
    service.add_topics(visit.session, formation, [title], by=visit.person_id)
    return _here(formation_id)


@pages.action("/<int:formation_id>/room/merge", allow=_LEAD)
def room_merge(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Make one topic of two."""
    formation = _collecting(visit, formation_id)
    topic, into = (_topic(visit, formation, name) for name in ("topic", "into"))
    service.merge_topics(visit.session, topic, into)
    return _here(formation_id)


@pages.action("/<int:formation_id>/room/remove", allow=_LEAD)
def room_remove(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Stop offering a topic."""
    formation = _collecting(visit, formation_id)
    service.remove_topic(visit.session, _topic(visit, formation, "topic"))
    return _here(formation_id)


@pages.action("/<int:formation_id>/room/restore", allow=_LEAD)
def room_restore(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Offer a topic again that was removed or merged."""
    formation = _collecting(visit, formation_id)
    topic_id = request.form.get("topic", 0, type=int)
    rooms.bring_back(visit.session, formation, topic_id)
    return _here(formation_id)


@pages.action("/<int:formation_id>/room/stage", allow=_LEAD)
def room_stage(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Go on to the favourites, or back to the topics."""
    formation, room = _step(visit, formation_id)
    wanted = request.form.get("stage", "")
    if wanted not in ("topics", "wishes"):
        raise InvalidError
    service.set_stage(visit.session, formation, wanted)
    rooms.follow_people(visit.session, formation, room)
    return _here(formation_id)


@pages.action("/<int:formation_id>/room/sizes", allow=_LEAD)
def room_sizes(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Set how many groups there shall be, and how large."""
    formation, room = _step(visit, formation_id)
    form = ResizeForm()
    if not form.validate():
        raise InvalidError(
            _("Say how many groups, and either both sizes or none; the smaller first.")
        )
    people = len(courses.participants(visit.session))
    groups = form.groups.data or 1
    rooms.resize(visit.session, formation, room, groups, form.sizes(people))
    return _here(formation_id)


@pages.action("/<int:formation_id>/room/balance", allow=_LEAD)
def balance(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Have groups computed from the favourites."""
    formation, room = _step(visit, formation_id)
    rooms.balance(visit.session, formation, room, by=visit.person_id)
    return _here(formation_id)


@pages.action("/<int:formation_id>/room/late", allow=_LEAD)
def put_late_in(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Have those put in who came after balancing."""
    formation, room = _step(visit, formation_id)
    rooms.put_late_in(visit.session, formation, room, by=visit.person_id)
    return _here(formation_id)


@pages.action("/<int:formation_id>/room/undo", allow=_LEAD)
def undo_room(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Take the last step back; a publication only after it was confirmed."""
    formation, room = _step(visit, formation_id)
    is_told = rooms.is_published(visit.session, formation, room)
    if is_told and not request.form.get("confirmed"):
        check = url_for(".take_back_check", formation_id=formation_id, room=1)
        return redirect(check, 303)
    rooms.undo(visit.session, formation, room)
    return _here(formation_id)


@pages.action("/<int:formation_id>/room/publish", allow=_LEAD)
def publish_room(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Tell the participants their groups; where others are in force, only after they were shown."""
    session = visit.session
    formation, room = _step(visit, formation_id)
    proposal = rooms.proposal_of(session, formation, room)
    is_confirmed = request.form.get("confirmed") == str(proposal.id)
    if publishing.standing(session) and not is_confirmed:
        return redirect(
            url_for(
                ".publish_check",
                formation_id=formation_id,
                proposal_id=proposal.id,
                room=1,
            ),
            303,
        )
    name = group_names(courses.course_of(session).language)
    publishing.publish(session, formation, proposal, name=name, by=visit.person_id)
    return _here(formation_id)


def _step(visit: Visit, formation_id: int) -> tuple[Formation, Room]:
    """Return a formation and its room, which stays open as a lead goes on in it."""
    formation, room = rooms.get_room(visit.session, formation_id)
    rooms.keep_open(room)
    return formation, room


def _collecting(visit: Visit, formation_id: int) -> Formation:
    """Return a formation whose topics a lead can still change in the room."""
    formation, room = _step(visit, formation_id)
    rooms.refuse_balanced(visit.session, formation, room)
    return formation


def _idea() -> tuple[str, str]:
    form = IdeaForm()
    if not form.validate():
        said = [error for errors in form.errors.values() for error in errors]
        raise InvalidError(str(said[0]))
    return form.title.data or "", form.text.data or ""


def _topic(visit: Visit, formation: Formation, name: str) -> Topic:
    chosen = request.form.get(name, 0, type=int)
    offered = {t.id: t for t in service.topics(visit.session, formation)}
    if chosen not in offered:
        raise InvalidError(_("Choose another topic that is offered."))
    return offered[chosen]
