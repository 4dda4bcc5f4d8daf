"""The pages on which teachers add activities: the tool asks what, the LMS asks whether to save."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool.practice_lms.assertions import ToolKeysUnreachableError
from lti_tool.practice_lms.claims import Sender
from lti_tool.practice_lms.deep_linking import (
    Question,
    RefusedAnswerError,
    question_claims,
    read_answer,
)
from lti_tool.practice_lms.languages import LANGUAGES
from lti_tool.practice_lms.line_items import whole
from lti_tool.practice_lms.lms import PracticeLMS, current_lms
from lti_tool.practice_lms.world import Course, Person, Role

adding = Blueprint("adding", __name__, url_prefix="/course/<key>/add")

TEACHERS = (Role.TEACHER, Role.ADMINISTRATOR)


def may_add(course: Course, person: Person) -> bool:
    """Tell whether somebody may change a course; a non-editing teacher may not."""
    return current_lms().world.find_role(course, person) in TEACHERS


def _course_and_teacher(key: str) -> tuple[Course, Person]:
    world = current_lms().world
    course = world.find_course(key) or abort(404)
    person = world.find_person(request.args.get("as", "")) or abort(404)
    if not may_add(course, person):
        abort(403)
    return course, person


@adding.get("/")
def add(key: str) -> str:
    """Show the tool's choice in a frame."""
    course, person = _course_and_teacher(key)
    lms = current_lms()
    return render_template(
        "adding.html",
        course=course,
        person=person,
        language=lms.languages.of(person),
        languages=LANGUAGES,
        storage=lms.platform_storage,
        tool_origin=lms.addresses.tool_url,
    )


@adding.get("/ask")
def ask(key: str) -> str:
    """Ask the tool to start a login for a deep-linking request."""
    course, person = _course_and_teacher(key)
    lms = current_lms()
    question = lms.questions.issue(person.sub, course.context_id)
    hint = {"courseid": int(course.context_id), "launchid": question.id}
    fields = lms.login_to(lms.addresses.tool_launch_url, person, hint)
    return render_template("post.html", url=lms.addresses.tool_login_url, fields=fields)


def claims_of(lms: PracticeLMS, question: Question, nonce: str) -> dict[str, Any]:
    """Return the claims of a question now; what it refers to must still be there."""
    course = lms.world.find_context(question.context_id) or abort(404)
    person = lms.world.find_person(question.sub) or abort(404)
    role = lms.world.find_role(course, person) or abort(403)
    sender = Sender(
        person=person,
        role=role,
        course=course,
        nonce=nonce,
        locale=lms.languages.of(person),
        now=int(lms.clock()),
    )
    return question_claims(lms.addresses, sender, question)


@adding.post("/answer")
def answer(key: str) -> str:
    """Show what the tool answered; nothing exists before it is saved."""
    course, person = _course_and_teacher(key)
    lms, question = current_lms(), _question(course, person)
    try:
        answered = read_answer(
            request.form.get("JWT", ""),
            question,
            lms.addresses,
            lms.tool_keys,
            lms.clock(),
        )
    except (RefusedAnswerError, ToolKeysUnreachableError) as error:
        abort(400, f"The tool's answer was refused: {error}")
    if not lms.questions.answer(question.id, answered.items):
        abort(400, "The tool answered before")
    return render_template(
        "added.html",
        course=course,
        person=person,
        question=question,
        answer=answered,
        whole=whole,
    )


@adding.post("/save")
def save(key: str) -> Response:
    """Add what the tool answered to the course, once."""
    course, person = _course_and_teacher(key)
    lms, question = current_lms(), _question(course, person)
    try:
        lms.add_links(course, lms.questions.save(question.id))
    except RefusedAnswerError as error:
        abort(400, str(error))
    return redirect(f"{url_for('pages.course', key=key)}?as={person.sub}", 303)


def _question(course: Course, person: Person) -> Question:
    """Return the question of this person in this course; the secret stands in for a login."""
    question = current_lms().questions.find(
        request.args.get("id", ""), request.args.get("sesskey", "")
    )
    if question is None or (question.sub, question.context_id) != (
        person.sub,
        course.context_id,
    ):
        abort(403)
    return question
