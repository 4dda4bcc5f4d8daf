"""What people see of the LMS; who acts stands in the address, in no cookie."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool.practice_lms import grading
from lti_tool.practice_lms.adding import may_add
from lti_tool.practice_lms.gradebook import LineItem, ReceivedScore
from lti_tool.practice_lms.grading import Grade
from lti_tool.practice_lms.languages import LANGUAGES
from lti_tool.practice_lms.line_items import whole
from lti_tool.practice_lms.lms import current_lms
from lti_tool.practice_lms.world import Course, Member, Person, Role

pages = Blueprint("pages", __name__)

DUTIES = {
    "lead": "Lead",
    "assistant": "Assistant (non-editing teacher)",
    "reviewer": "Reviewer",
    "speaker": "Speaker",
    "examiner": "IHK examiner",
}


@dataclass(frozen=True)
class Cell:
    """A grade in the gradebook with all scores that led to it."""

    grade: Grade
    history: list[ReceivedScore]

    @property
    def moment(self) -> datetime | None:
        """When the shown grade was given."""
        if self.grade.modified is None:
            return None
        return datetime.fromtimestamp(self.grade.modified, grading.PLATFORM_ZONE)


def _course_or_404(key: str) -> Course:
    return current_lms().world.find_course(key) or abort(404)


def _acting_person(course: Course) -> Person:
    world = current_lms().world
    person = world.find_person(request.args.get("as", "")) or abort(404)
    if world.find_role(course, person) is None:
        abort(403)
    return person


def _language(person: Person) -> str:
    """Return the person's language, newly chosen if the address says so."""
    wanted = request.args.get("lang")
    if wanted in LANGUAGES:
        current_lms().languages.choose(person, wanted)
    return current_lms().languages.of(person)


@pages.get("/")
def courses() -> str:
    """Show the courses and everybody one can be."""
    world = current_lms().world
    return render_template(
        "courses.html",
        courses=world.courses,
        administrators=world.administrators,
        duties=DUTIES,
        is_student=_is_student,
    )


def _is_student(member: Member) -> bool:
    return member.role is Role.STUDENT


@pages.get("/course/<key>")
def course(key: str) -> str:
    """Show the activities of a course to the acting person."""
    shown = _course_or_404(key)
    person = _acting_person(shown)
    gradebook = current_lms().gradebook
    own = [
        (item, Cell(gradebook.grade(item.id, person.sub), []))
        for item in gradebook.line_items(shown.context_id)
    ]
    member = shown.find_member(person.sub)
    return render_template(
        "course.html",
        course=shown,
        person=person,
        language=_language(person),
        languages=LANGUAGES,
        grades=own if member is not None and _is_student(member) else [],
        whole=whole,
        may_add=may_add(shown, person),
    )


@pages.get("/course/<key>/activity/<activity>")
def activity(key: str, activity: str) -> str:
    """Show the tool in a frame, or offer it in a window of its own."""
    shown = _course_or_404(key)
    person = _acting_person(shown)
    link = shown.find_link(activity) or abort(404)
    return render_template(
        "activity.html",
        course=shown,
        person=person,
        link=link,
        language=_language(person),
        languages=LANGUAGES,
        tool_origin=current_lms().addresses.tool_url,
        storage=current_lms().platform_storage,
    )


@pages.get("/storage")
def storage() -> str:
    """Show the hidden frame that keeps what the tool leaves there."""
    lms = current_lms()
    if lms.platform_storage is None:
        abort(404)
    return render_template(
        "storage.html",
        storage=lms.platform_storage,
        tool_url=lms.addresses.tool_url,
    )


@pages.get("/course/<key>/gradebook")
def gradebook(key: str) -> str:
    """Show every grade of a course, with the scores that led to it."""
    shown = _course_or_404(key)
    items = current_lms().gradebook.line_items(shown.context_id)
    students = [member for member in shown.members if _is_student(member)]
    return render_template(
        "gradebook.html",
        course=shown,
        items=items,
        students=students,
        cells={item.id: _column(item, students) for item in items},
        whole=whole,
    )


def _column(item: LineItem, students: list[Member]) -> dict[str, Cell]:
    book = current_lms().gradebook
    grades = book.grades(item.id)
    history: dict[str, list[ReceivedScore]] = {}
    for score in book.scores(item.id):
        history.setdefault(score.sub, []).append(score)
    return {
        member.person.sub: Cell(
            grades.get(member.person.sub, Grade()), history.get(member.person.sub, [])
        )
        for member in students
    }


@pages.get("/return")
def come_back() -> Response | str:
    """Lead back to the course; a page of its own, since it may be in a frame."""
    world = current_lms().world
    shown = world.find_context(request.args.get("course", "")) or abort(404)
    person = world.find_person(request.args.get("as", ""))
    if person is None:
        return redirect(url_for("pages.courses"), 303)
    return render_template("return.html", course=shown, person=person)
