"""What staff can add to a course, and the signed answer that tells the platform what they chose.

Nothing is stored of a choice: the platform still asks whether to save it, and a link is known
here when it is first opened.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask_babel import force_locale
from sqlalchemy import select

from lti_tool.certificate.service import column as certificate_column
from lti_tool.courses.models import Activity
from lti_tool.courses.service import course_of
from lti_tool.entrance.deep_linking.rules import OFFERS, Offer, first_choice
from lti_tool.entrance.deep_linking.words import words_of
from lti_tool.errors import ConflictError, NotAllowedError, NotFoundError
from lti_tool.gradebook.service import Column, is_filled
from lti_tool.i18n import gettext as _
from lti_tool.lti import audit
from lti_tool.lti.connector import CannotSignError
from lti_tool.lti.deep_linking import LineItem, Link, Question, answer
from lti_tool.lti.messages import DEEP_LINKING
from lti_tool.lti.models import Deployment, LaunchSession
from lti_tool.persistence.session import Session
from lti_tool.projects.reporting import column as project_column
from lti_tool.web.access import Visit
from lti_tool.worksheet.snapshots import column as worksheet_column

ACTIVITY = "deep_linking"
"""What the launch session of somebody who adds activities says it is for."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An offer as the course stands now."""

    offer: Offer
    title: str
    """In the language of the course, as are the description and the column's label."""
    text: str
    linked_as: Sequence[str]
    """The titles of links that open it already."""
    column: Column | None
    is_filled: bool
    """Whether the gradebook has this column, so that another one would stay empty."""


@dataclass(frozen=True, slots=True)
class Pick:
    """What somebody chose of an offer."""

    choice: Choice
    title: str
    with_column: bool


def question_of(visit: Visit, *, to_answer: bool = False) -> Question:
    """Return what the platform asked this visitor; of two who answer one finds it answered.

    Raise NotFoundError for a visit that began otherwise, ConflictError once it is answered.
    """
    opened = visit.session.get_one(
        LaunchSession, visit.launch_id, with_for_update=to_answer
    )
    if opened.activity != ACTIVITY:
        raise NotFoundError
    if visit.role != "staff":
        raise NotAllowedError
    if opened.deep_linking is None:
        raise ConflictError(
            _(
                "Your choice was already sent to the learning platform. To add more, begin again in your course there."
            )
        )
    return Question.read(opened.deep_linking)


def choices(session: Session, question: Question) -> list[Choice]:
    """Return what the course can link to, in the order of the page."""
    linked = session.scalars(select(Activity).order_by(Activity.id)).all()
    with force_locale(course_of(session).language):
        return [_choice(session, question, offer, linked) for offer in OFFERS]


def _choice(
    session: Session, question: Question, offer: Offer, linked: Sequence[Activity]
) -> Choice:
    words = words_of(offer)
    column = _column(session, offer) if question.takes_line_items else None
    return Choice(
        offer=offer,
        title=str(words.title),
        text=str(words.shows),
        linked_as=[
            activity.title or str(words.title)
            for activity in linked
            if (activity.target, activity.phase) == (offer.activity, offer.phase)
        ],
        column=column,
        is_filled=column is not None and is_filled(session, column),
    )


def _column(session: Session, offer: Offer) -> Column | None:
    match offer.activity:
        case "project":
            return project_column(session)
        case "certificate":
            return certificate_column(session)
        case "worksheet":
            # As in the gradebook: a link for all phases serves the first.
            return worksheet_column(session, offer.phase or "start")
        case _:
            return None


def chosen_at_first(found: Collection[Choice], question: Question) -> list[str]:
    """Return the keys of the choices that a course still needs."""
    linked = {choice.offer.key for choice in found if choice.linked_as}
    return first_choice(linked, several=question.takes_several)


def respond(visit: Visit, question: Question, picks: Sequence[Pick]) -> str:
    """Return the signed answer; the platform's question is then answered for good."""
    deployment = visit.session.get_one(
        Deployment, course_of(visit.session).deployment_id
    )
    visit.session.get_one(LaunchSession, visit.launch_id).deep_linking = None
    visit.session.flush()
    audit.record(
        visit.session,
        audit.EVENTS[DEEP_LINKING],
        "answered" if picks else "cancelled",
        registration_id=visit.registration_id,
    )
    url = f"{visit.tool.settings.base_url}/lti/launch"
    try:
        return answer(
            visit.tool.connector,
            deployment,
            question,
            [_link(url, pick) for pick in picks],
            message=None if picks else _("No activity was added."),
        )
    except CannotSignError as error:
        raise ConflictError(
            _(
                "This tool cannot sign its answer at the moment; “lti-tool doctor” tells its operator why. Go back and send your choice again later."
            )
        ) from error


def _link(url: str, pick: Pick) -> Link:
    column = pick.choice.column if pick.with_column else None
    return Link(
        url=url,
        title=pick.title,
        text=pick.choice.text,
        custom=pick.choice.offer.custom,
        line_item=None if column is None else _line_item(column),
    )


def _line_item(column: Column) -> LineItem:
    # The gradebook looks for its columns by resource id and tag.
    return LineItem(column.label, column.maximum, column.activity, column.tag)
