"""Which features there are: their pages, and what the navigation and the home know of them."""

from lti_tool.attendance.home import cards as attendance_cards
from lti_tool.attendance.home import review as attendance_review
from lti_tool.attendance.setup import set_up as attendance_set_up
from lti_tool.attendance.waiting_views import pages as attendance_pages
from lti_tool.certificate.home import cards as certificate_cards
from lti_tool.certificate.home import review as certificate_review
from lti_tool.certificate.setup import set_up as certificate_set_up
from lti_tool.certificate.views import pages as certificate_pages
from lti_tool.connection.views import pages as connection_pages
from lti_tool.courses.copy_views import cards as copy_cards
from lti_tool.courses.copy_views import pages as copy_pages
from lti_tool.courses.home import participant_cards, people_cards
from lti_tool.courses.people_views import pages as people_pages
from lti_tool.courses.profile_views import pages as profile_pages
from lti_tool.courses.views import pages as courses_pages
from lti_tool.entrance.deep_linking.views import pages as deep_linking_pages
from lti_tool.entrance.registration.views import pages as registration_pages
from lti_tool.entrance.views import doorway
from lti_tool.gradebook.difference_views import pages as gradebook_pages
from lti_tool.gradebook.home import home_cards as gradebook_cards
from lti_tool.groups.home import cards as groups_cards
from lti_tool.groups.room.door import door
from lti_tool.groups.routes import pages as groups_pages
from lti_tool.groups.setup import set_up as groups_set_up
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.metrics import metrics
from lti_tool.projects.home import home_cards as projects_cards
from lti_tool.projects.home import review as projects_review
from lti_tool.projects.setup import set_up as projects_set_up
from lti_tool.projects.views import EVERYBODY as PROJECT_WHO
from lti_tool.projects.views import pages as projects_pages
from lti_tool.web.access import TEAM, Who
from lti_tool.web.documents import documents
from lti_tool.web.health import health
from lti_tool.web.tool import Feature
from lti_tool.worksheet.home import home_cards as worksheet_cards
from lti_tool.worksheet.home import review as worksheet_review
from lti_tool.worksheet.setup import set_up as worksheet_set_up
from lti_tool.worksheet.views import pages as worksheet_pages

BLUEPRINTS = (
    health,
    metrics,
    documents,
    doorway,
    registration_pages,
    deep_linking_pages,
    courses_pages,
    connection_pages,
    copy_pages,
    groups_pages,
    door,
    people_pages,
    profile_pages,
    gradebook_pages,
    worksheet_pages,
    attendance_pages,
    certificate_pages,
    projects_pages,
)

FEATURES = {
    feature.name: feature
    for feature in (
        Feature(
            "home", _l("Course"), "courses.home", frozenset({Who.ANYONE}), copy_cards
        ),
        Feature(
            "groups",
            _l("Groups"),
            "groups.overview",
            TEAM | {Who.PARTICIPANT},
            groups_cards,
            groups_set_up,
        ),
        Feature(
            "project",
            _l("Project work"),
            "projects.overview",
            PROJECT_WHO,
            projects_cards,
            projects_set_up,
            projects_review,
        ),
        Feature(
            "worksheet",
            _l("Worksheet"),
            "worksheet.overview",
            frozenset({Who.PARTICIPANT, Who.LEAD, Who.ASSISTANT}),
            worksheet_cards,
            worksheet_set_up,
            worksheet_review,
        ),
        Feature(
            "attendance",
            _l("Attendance"),
            "attendance.index",
            frozenset({Who.ANYONE}),
            attendance_cards,
            attendance_set_up,
            attendance_review,
        ),
        Feature(
            "certificate",
            _l("Certificate"),
            "certificate.index",
            frozenset({Who.PARTICIPANT, Who.LEAD, Who.ASSISTANT, Who.EXAMINER}),
            certificate_cards,
            certificate_set_up,
            certificate_review,
        ),
        Feature(
            "people",
            _l("People"),
            "people.overview",
            frozenset({Who.LEAD, Who.ASSISTANT}),
            people_cards,
        ),
        Feature(
            "participants",
            _l("Participants"),
            "people.directory",
            frozenset({Who.PARTICIPANT, Who.REVIEWER, Who.SPEAKER, Who.EXAMINER}),
            participant_cards,
        ),
        Feature(
            "gradebook",
            _l("Grades"),
            "gradebook.overview",
            frozenset({Who.LEAD, Who.ASSISTANT}),
            gradebook_cards,
        ),
    )
}
