"""What people, topics and attributes of a formation are called, for the sentences about its rules."""

from lti_tool.courses import service as courses
from lti_tool.groups import service
from lti_tool.groups.criteria import service as criteria
from lti_tool.groups.criteria.words import Talk
from lti_tool.groups.models import Formation
from lti_tool.groups.survey import service as survey
from lti_tool.persistence.session import Session


def talk_of(session: Session, formation: Formation) -> Talk:
    """Return what is called how in this formation."""
    attributes = survey.attributes(session, formation)
    return Talk(
        courses.names(session),
        {t.id: t.title for t in service.topics(session, formation)},
        attributes,
        {
            a.key: {criteria.value_key(a, number): text for number, text in a.values}
            for a in attributes
        },
    )
