"""If the IHK confirms second, somebody has to be there for it."""

from lti_tool.certificate import service
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.signing_platform import Visitor


def test_a_second_confirmation_that_nobody_can_give_is_pointed_out(
    lead: Visitor, database: Database
) -> None:
    with database.reading(EVERYWHERE) as session:
        course_id = session.query(Course.id).scalar()
    before = lead.get("certificate/rules").text
    with database.transaction(course_id) as session:
        courses.set_option(session, service.SECOND, value=True)

    after = lead.get("certificate/rules").text

    assert "nobody here has the duty of the IHK examiner" in after
    assert "nobody here has the duty of the IHK examiner" not in before
