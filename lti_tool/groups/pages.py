"""The pages of forming groups; each views file adds its own."""

from lti_tool.web.access import Pages

pages = Pages("groups", "lti_tool.groups", prefix="/groups")
