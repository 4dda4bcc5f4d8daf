"""Handing in, reviewing, and what the lead asks of all groups.

Who may do what: members hand in for their own group and see only that. Leads and reviewers
read every hand-in, accept, return and take back. Examiners (IHK) read accepted hand-ins.
Assistants see how far each group is, without its texts. Leads set deadline, points and
presentation slots and record who presented.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.courses.models import Group
from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session
from lti_tool.projects import records, reporting, rules
from lti_tool.projects.models import Credit, HandIn, Review
from lti_tool.projects.records import Project, Version
from lti_tool.projects.rules import Decision, Refusal


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts, and when."""

    person_id: int
    at: datetime = field(default_factory=clock.now)


def hand_in(
    session: Session, group_id: int, by: Hand, text: str, link: str = ""
) -> int:
    """Keep a further version for the person's own group and return its number.

    Versions of two members at once are both kept. The same content again makes no version,
    unless it answers a return: behind an unchanged link the document may have changed.
    """
    project = _locked(session, group_id)
    if by.person_id not in project.group.member_ids:
        raise NotFoundError
    _refuse(rules.hand_in_refusal(project.state), project)
    content = (text.strip() or None, link.strip() or None)
    if content == (None, None) or (
        content[1] is not None and rules.link_problem(content[1]) is not None
    ):
        raise InvalidError
    same = project.newest and (project.newest.text, project.newest.link) == content
    if same and project.state != rules.State.RETURNED:
        return project.newest_number
    session.add(
        HandIn(
            group_id=group_id,
            version=project.newest_number + 1,
            text=content[0],
            link=content[1],
            person_id=by.person_id,
            at=by.at,
        )
    )
    session.flush()
    reporting.plan_on_first_use(session)
    reporting.report(session, project.group.member_ids, by.at)
    return project.newest_number + 1


def accept(
    session: Session,
    group_id: int,
    version: int,
    by: Hand,
    comment: str = "",
    points: float | None = None,
) -> None:
    """Accept the newest version: it counts for everybody who is in the group now."""
    project = _locked(session, group_id)
    _refuse(
        rules.review_refusal(project.state, project.newest_number, version), project
    )
    most = records.terms(session).points
    if not rules.points_fit(points, most):
        raise InvalidError(_("Please enter points from 0 to the maximum."))
    review = _review(session, project, Decision.ACCEPTED, by, comment)
    review.points, review.maximum = points, most
    session.flush()
    for person_id in project.group.member_ids:
        session.add(
            Credit(review_id=review.id, person_id=person_id, given_by=by.person_id)
        )
    session.flush()
    reporting.plan_on_first_use(session)
    reporting.report(session, project.group.member_ids, review.at)


def send_back(
    session: Session, group_id: int, version: int, by: Hand, comment: str
) -> None:
    """Return the newest version with a comment; the group can hand in again."""
    project = _locked(session, group_id)
    _refuse(
        rules.review_refusal(project.state, project.newest_number, version), project
    )
    if not comment.strip():
        raise InvalidError(_("Please write what the group should change."))
    review = _review(session, project, Decision.RETURNED, by, comment)
    session.flush()
    reporting.report(session, project.group.member_ids, review.at)


def take_back(
    session: Session, group_id: int, version: int, by: Hand, reason: str
) -> None:
    """Let the review of the newest version no longer hold: it waits for review again.

    What an acceptance gave ends for everybody who had it, in the gradebook too.
    """
    project = _locked(session, group_id)
    _refuse(
        rules.take_back_refusal(project.state, project.newest_number, version), project
    )
    if not reason.strip():
        raise InvalidError(_("Please write why you take the review back."))
    review = _review(session, project, Decision.TAKEN_BACK, by, reason)
    session.flush()
    people = {*project.group.member_ids, *project.credited}
    reporting.report(session, people, review.at)


def let_count(session: Session, group_id: int, person_id: int, by: Hand) -> None:
    """Let an accepted project count for a member who joined the group afterwards."""
    project = _locked(session, group_id)
    if person_id not in project.group.member_ids:
        raise NotFoundError
    if project.last_review is None or person_id not in project.joined_later:
        raise ConflictError(
            _("Nothing has to be done here: the project counts already, or was undone.")
        )
    review_id = project.last_review.id
    session.add(Credit(review_id=review_id, person_id=person_id, given_by=by.person_id))
    session.flush()
    reporting.report(session, [person_id], by.at)


def set_terms(
    session: Session, deadline: datetime | None, points: float | None
) -> None:
    """Set deadline and points of all groups, and let the certificate know of project work.

    Points stay as they are while an accepted project counts by them.
    """
    if points != records.terms(session).points and records.standing_reviews(session):
        raise ConflictError(
            _(
                "Points cannot be changed any more: a project was accepted already. "
                "Take that back first, then change the points and accept it again."
            )
        )
    stored = deadline.astimezone(UTC).isoformat() if deadline else None
    courses.set_option(session, records.DEADLINE_OPTION, stored)
    courses.set_option(session, records.POINTS_OPTION, points)
    session.flush()
    reporting.plan(session)


def _locked(session: Session, group_id: int) -> Project:
    # Two who hand in or review at the same moment take turns here.
    session.execute(select(Group.id).where(Group.id == group_id).with_for_update())
    return records.get_project(session, group_id)


def _review(
    session: Session, project: Project, decision: Decision, by: Hand, comment: str
) -> Review:
    newest: Version = project.versions[-1]
    review = Review(
        hand_in_id=newest.id,
        decision=decision.value,
        comment=comment.strip() or None,
        person_id=by.person_id,
        at=by.at,
    )
    session.add(review)
    return review


def _refuse(refusal: Refusal | None, project: Project) -> None:
    if refusal is not None:
        raise ConflictError(why(refusal, project.newest_number))


def why(refusal: Refusal, newest: int) -> str:
    """Return in the reader's words why a step is not possible now."""
    words: dict[Refusal, str] = {
        Refusal.ACCEPTED_ALREADY: _(
            "The project was accepted meanwhile, so nothing more can be handed in."
        ),
        Refusal.NOTHING_HANDED_IN: _("The group has not handed in anything."),
        Refusal.NEWER_VERSION: _(
            "Meanwhile the group handed in version %(number)s. Please read it first; "
            "nothing was decided yet.",
            number=newest,
        ),
        Refusal.REVIEWED_ALREADY: _(
            "This version was reviewed already; that decision holds. "
            "To change it, take the review back first."
        ),
        Refusal.NOT_REVIEWED: _("There is no review that could be taken back."),
    }
    return words[refusal]
