"""Which data leave a learning platform for this tool, what for, and what is missing without them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import LazyString

from lti_tool.i18n import lazy_gettext as _l
from lti_tool.lti.dynamic_registration import custom_parameters, wanted_scopes
from lti_tool.lti.platform_configuration import (
    GRADE_SCOPES,
    GROUPS_SCOPE,
    MEMBERS_SCOPE,
    NOTICES_SCOPE,
    PlatformConfiguration,
)


@dataclass(frozen=True, slots=True)
class Datum:
    """One kind of data."""

    what: LazyString
    why: LazyString
    without: LazyString
    scopes: Sequence[str] = ()
    is_unlisted: bool = False
    """The platform says which services it has, and this is not among them."""


_ALWAYS = (
    Datum(
        _l("User id, role, course, link and language"),
        _l("Each opening: to recognise people and to show the right course."),
        _l("The tool cannot be opened."),
    ),
    Datum(
        _l("Name"),
        _l("So that people know one another and the team knows whose work it is."),
        _l("People are called “Person 1”, “Person 2” …"),
    ),
    Datum(
        _l("E-mail address"),
        _l("Only to match profiles that a lead imports."),
        _l("The lead matches them by hand."),
    ),
)
_BY_SCOPE = (
    Datum(
        _l("Members of the course, with role, name and e-mail"),
        _l(
            "So that groups and attendance also include those who have not opened the tool yet."
        ),
        _l("Only those are known who have opened it."),
        (MEMBERS_SCOPE,),
    ),
    Datum(
        _l("Grade columns, and the points that the tool gave"),
        _l("To find the right column, and to see that points have arrived."),
        _l("Points stay in the tool."),
        GRADE_SCOPES,
    ),
    Datum(
        _l("Groups of the course, with their names"),
        _l("To show groups that the learning platform has."),
        _l("They are not shown here."),
        (GROUPS_SCOPE,),
    ),
    Datum(
        _l("Notices of copied courses"),
        _l("So that a copied course finds its set-up."),
        _l("It finds it when it is first opened."),
        (NOTICES_SCOPE,),
    ),
)
_BY_PARAMETER = {
    "context_history": Datum(
        _l("Ids of the courses from which a course was copied"),
        _l("So that a copied course finds its set-up."),
        _l("It starts empty."),
    ),
    "user_groups": Datum(
        _l("Ids of one's own groups in Moodle"),
        _l("To show groups that the learning platform has."),
        _l("They are not shown here."),
    ),
}


def disclosed(platform: PlatformConfiguration) -> Iterator[Datum]:
    """Give what will be asked of a platform, in the order in which an administrator asks."""
    yield from _ALWAYS
    wanted = wanted_scopes(platform)
    for datum in _BY_SCOPE:
        if set(datum.scopes) <= set(wanted):
            listed = not platform.scopes or set(datum.scopes) <= set(platform.scopes)
            yield Datum(
                datum.what,
                datum.why,
                datum.without,
                datum.scopes,
                is_unlisted=not listed,
            )
    for name in custom_parameters(platform):
        yield _BY_PARAMETER[name]
