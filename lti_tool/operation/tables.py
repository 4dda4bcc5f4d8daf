"""All tables of the tool, for migrations and tests."""

import importlib

from lti_tool.persistence.base import Base

for _module in (
    "lti_tool.persistence.workers",
    "lti_tool.persistence.revision",
    "lti_tool.keys",
    "lti_tool.lti.models",
    "lti_tool.courses.models",
    "lti_tool.gradebook.models",
    "lti_tool.groups.models",
    "lti_tool.groups.criteria.models",
    "lti_tool.groups.proposals.models",
    "lti_tool.groups.publishing.models",
    "lti_tool.groups.choosing.models",
    "lti_tool.groups.exchange.models",
    "lti_tool.groups.survey.models",
    "lti_tool.groups.room.models",
    "lti_tool.projects.models",
    "lti_tool.worksheet.models",
    "lti_tool.attendance.models",
    "lti_tool.certificate.models",
):
    importlib.import_module(_module)

metadata = Base.metadata
