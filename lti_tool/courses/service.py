"""What the features know of course and people, in one place to import from."""

from lti_tool.courses.achievements import (
    achieve,
    achievements,
    opportunities,
    plan,
    unplan,
)
from lti_tool.courses.course import (
    course_of,
    course_page,
    lms_url_of,
    option,
    set_option,
)
from lti_tool.courses.entering import (
    TARGETS,
    Entry,
    come_in,
    enter,
    membership_of,
)
from lti_tool.courses.groups import (
    CourseGroup,
    Wanted,
    group_of,
    groups,
    put_groups,
    retitle_groups,
)
from lti_tool.courses.listed import take_roster
from lti_tool.courses.people import (
    Member,
    get_participant,
    holders,
    members,
    names,
    participants,
    set_duties,
    shown_name,
    staff,
)
from lti_tool.courses.profiles import profile_of, profiles
from lti_tool.courses.texts import keep_text, texts

__all__ = [
    "TARGETS",
    "CourseGroup",
    "Entry",
    "Member",
    "Wanted",
    "achieve",
    "achievements",
    "come_in",
    "course_of",
    "course_page",
    "enter",
    "get_participant",
    "group_of",
    "groups",
    "holders",
    "keep_text",
    "lms_url_of",
    "members",
    "membership_of",
    "names",
    "opportunities",
    "option",
    "participants",
    "plan",
    "profile_of",
    "profiles",
    "put_groups",
    "retitle_groups",
    "set_duties",
    "set_option",
    "shown_name",
    "staff",
    "take_roster",
    "texts",
    "unplan",
]
