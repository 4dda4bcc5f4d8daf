"""The page on which leads see what works between the learning platform and their course."""

from flask import g, render_template
from flask.typing import ResponseReturnValue

from lti_tool.connection import rules, service, words
from lti_tool.courses.service import course_of
from lti_tool.gradebook.words import in_words
from lti_tool.web.access import Pages, Visit, Who
from lti_tool.web.launch_words import explain

pages = Pages("connection", __name__, prefix="/connection")


@pages.page("/", allow=[Who.LEAD])
def overview(visit: Visit) -> ResponseReturnValue:
    """Show what works, what does not, and what to change in the learning platform."""
    has_cookie = g.launch_session.browser_hash is not None
    facts = service.facts(visit.session, keeps_cookies=has_cookie)
    return render_template(
        "connection/overview.html",
        facts=facts,
        findings=rules.findings(facts),
        course=course_of(visit.session),
        servings=service.servings(visit.session),
        activities=service.activities(visit.session),
        labels={name: feature.label for name, feature in visit.tool.features.items()},
        explain=explain,
        in_words=in_words,
        words=words,
    )
