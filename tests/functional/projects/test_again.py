"""Handing in the same content once more."""

from collections.abc import Callable

from lti_tool.courses import service as courses
from lti_tool.courses.models import Course, Person
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.signing_platform import Visitor


def _group(database: Database, sub: str) -> int:
    with database.reading(EVERYWHERE) as session:
        course_id = session.query(Course.id).scalar()
        person_id = session.query(Person.id).filter(Person.sub == sub).scalar()
    with database.transaction(course_id) as session:
        return courses.put_groups(session, "test", [("Group 1", "Topic", [person_id])])[
            0
        ]


def test_the_same_content_answers_a_return_but_is_no_new_version_while_it_waits(
    lead: Visitor, arrive: Callable[..., Visitor], database: Database
) -> None:
    member = arrive("7")
    group = f"project/groups/{_group(database, '7')}"
    content = {"text": "", "link": "https://files.example/plan", "seen": "0"}

    member.post(f"{group}/hand-in", content)
    unchanged = member.post(f"{group}/hand-in", content | {"seen": "1"})
    lead.post(
        f"{group}/review", {"version": "1", "decision": "return", "comment": "Say how."}
    )
    answered = member.post(f"{group}/hand-in", content | {"seen": "1"})

    assert "You changed nothing" in unchanged.text
    assert "Handed in." in answered.text
    assert "Version 2" in lead.get(group).text
