"""All pages of forming groups in one blueprint."""

from lti_tool.groups import views
from lti_tool.groups.changes import views as changing_views
from lti_tool.groups.choosing import views as choosing_views
from lti_tool.groups.criteria import views as criteria_views
from lti_tool.groups.exchange import views as exchange_views
from lti_tool.groups.pages import pages
from lti_tool.groups.proposals import views as proposal_views
from lti_tool.groups.publishing import views as publishing_views
from lti_tool.groups.room import views as room_views
from lti_tool.groups.survey import views as survey_views

__all__ = [
    "changing_views",
    "choosing_views",
    "criteria_views",
    "exchange_views",
    "pages",
    "proposal_views",
    "publishing_views",
    "room_views",
    "survey_views",
    "views",
]
