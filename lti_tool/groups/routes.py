"""All pages of forming groups in one blueprint."""

from lti_tool.groups import views
from lti_tool.groups.pages import pages
from lti_tool.groups.proposals import views as proposal_views
from lti_tool.groups.room import views as room_views

__all__ = ["pages", "proposal_views", "room_views", "views"]
