"""Choosing a group oneself: taking a place, waiting for one, founding a group, coming in by a code."""

import secrets

from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError, InvalidError
from lti_tool.groups import service
from lti_tool.groups.choosing import looking, rules
from lti_tool.groups.choosing.looking import ShownGroup
from lti_tool.groups.choosing.models import WrongCode
from lti_tool.groups.choosing.seating import Seating
from lti_tool.groups.models import ChosenGroup, Formation, Topic
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session


def join(
    session: Session, formation: Formation, group_id: int, person_id: int
) -> ShownGroup:
    """Give a person a place in an open group, or one on its waiting list where it is full."""
    seating = _open(session, formation, person_id)
    group = looking.get_group(session, formation, group_id)
    if group.code is not None:
        raise InvalidError(
            _("Into this group you come with its code. Ask somebody who is in it.")
        )
    seating.take(group, person_id)
    return looking.look(session, formation).group(group.id)


def enter_code(
    session: Session, formation: Formation, text: str, person_id: int
) -> ShownGroup | None:
    """Let a person into the group of a code; None for a wrong code, which is counted."""
    seating = _open(session, formation, person_id)
    _refuse_guessing(session, formation, person_id)
    group = _group_of_code(session, formation, rules.plain_code(text))
    if group is None:
        _count_wrong(session, formation, person_id)
        return None
    seating.take(group, person_id)
    return looking.look(session, formation).group(group.id)


def found(
    session: Session, formation: Formation, topic_id: int, title: str, person_id: int
) -> ShownGroup:
    """Found a group on an offered topic, or on one of one's own, and be its first member."""
    seating = _open(session, formation, person_id)
    if not seating.choice.may_found:
        raise ConflictError(_("Here you choose among the groups that are there."))
    topic = _topic(session, formation, topic_id, title, person_id)
    if topic not in looking.open_topics(session, formation):
        raise ConflictError(
            _("All groups on this topic are taken. Choose another topic.")
        )
    group = seating.add_group(topic, founded_by=person_id)
    seating.take(group, person_id)
    return looking.look(session, formation).group(group.id)


def leave(session: Session, formation: Formation, person_id: int) -> None:
    """Give up one's place; the next of the waiting list gets it."""
    seating = _open(session, formation, person_id)
    if not seating.drop(person_id, waiting=False):
        raise ConflictError(_("You are in no group."))
    seating.forget_news(person_id)
    seating.settle()


def stop_waiting(session: Session, formation: Formation, person_id: int) -> None:
    """Leave a waiting list."""
    seating = _open(session, formation, person_id)
    if not seating.drop(person_id, waiting=True):
        raise ConflictError(_("You are on no waiting list."))
    seating.settle()


def change_own_code(session: Session, formation: Formation, person_id: int) -> None:
    """Give the founded group that a person is in another code."""
    seating = _open(session, formation, person_id)
    own = looking.look(session, formation).own(person_id)
    if own is None:
        raise ConflictError(_("You are in no group."))
    seating.change_code(looking.get_group(session, formation, own.id))


def note_news(session: Session, formation: Formation, person_id: int) -> None:
    """Note that a person has read what happened to their place."""
    choice = looking.get_choice(session, formation)
    Seating(session, formation, choice).forget_news(person_id)


def _open(session: Session, formation: Formation, person_id: int) -> Seating:
    """Return the places, locked; raise ConflictError if they can no longer be chosen."""
    service.lock(session, formation)
    choice = looking.get_choice(session, formation)
    if not looking.is_open(session, formation, choice):
        raise ConflictError(
            _("Groups can no longer be chosen here. Ask a lead if yours is wrong.")
        )
    courses.get_participant(session, person_id)
    return Seating(session, formation, choice)


def _topic(
    session: Session, formation: Formation, topic_id: int, title: str, by: int
) -> Topic:
    if not (title and formation.may_propose):
        return service.get_topic(session, formation, topic_id)
    service.refuse_too_many(session, formation, by)
    service.refuse_taken(session, formation.id, title)
    return service.add_topics(session, formation, [title], by=by)[0]


def _group_of_code(
    session: Session, formation: Formation, typed: str
) -> ChosenGroup | None:
    for group in looking.groups_of(session, formation):
        if group.code and secrets.compare_digest(group.code.encode(), typed.encode()):
            return group
    return None


def _refuse_guessing(session: Session, formation: Formation, person_id: int) -> None:
    wrong = _wrong_codes(session, formation, person_id)
    if wrong is not None and rules.is_locked(wrong.count, wrong.since, clock.now()):
        raise ConflictError(
            _(
                "Too many wrong codes. Wait ten minutes, and meanwhile ask for the code again."
            )
        )


def _count_wrong(session: Session, formation: Formation, person_id: int) -> None:
    now = clock.now()
    wrong = _wrong_codes(session, formation, person_id)
    if wrong is None:
        wrong = WrongCode(
            formation_id=formation.id, person_id=person_id, since=now, count=0
        )
        session.add(wrong)
    wrong.count, wrong.since = rules.one_more_wrong(wrong.count, wrong.since, now)
    session.flush()


def _wrong_codes(
    session: Session, formation: Formation, person_id: int
) -> WrongCode | None:
    return session.scalar(
        select(WrongCode).where(
            WrongCode.formation_id == formation.id, WrongCode.person_id == person_id
        )
    )
