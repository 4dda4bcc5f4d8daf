"""Which features there are: their pages, and what the navigation and the home know of them."""

from lti_tool.courses.views import pages as courses_pages
from lti_tool.entrance.views import doorway
from lti_tool.gradebook.views import pages as gradebook_pages
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.web.access import Who
from lti_tool.web.documents import documents
from lti_tool.web.health import health
from lti_tool.web.tool import Feature

BLUEPRINTS = (health, documents, doorway, courses_pages, gradebook_pages)

FEATURES = {
    feature.name: feature
    for feature in (
        Feature("home", _l("Course"), "courses.home", frozenset({Who.ANYONE})),
        Feature("gradebook", _l("Grades"), "gradebook.overview", frozenset({Who.LEAD, Who.ASSISTANT})),
    )
}
