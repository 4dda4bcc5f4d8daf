"""What a copied course takes over of project work: the points."""

from typing import Any

from sqlalchemy import select

from lti_tool.courses import service as courses
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.persistence.session import Session
from lti_tool.projects import records, reporting
from lti_tool.projects.models import HandIn, Slot
from lti_tool.projects.service import set_terms
from lti_tool.web.tool import SetUp


def _read(session: Session) -> dict[str, Any]:
    kinds = {o.kind for o in courses.opportunities(session)}
    points = records.terms(session).points
    return {"points": points} if reporting.PROJECT in kinds else {}


def _write(session: Session, data: dict[str, Any]) -> None:
    set_terms(session, None, data["points"])


def _clear(session: Session) -> None:
    courses.set_option(session, records.POINTS_OPTION, None)
    for kind in (reporting.PROJECT, reporting.PRESENTATION):
        courses.unplan(session, kind, kind)


def _is_begun(session: Session) -> bool:
    firsts = (select(HandIn.id).limit(1), select(Slot.id).limit(1))
    is_in_use = any(session.scalar(first) is not None for first in firsts)
    return is_in_use or records.terms(session).deadline is not None


def _told(data: dict[str, Any]) -> str:
    if data["points"] is None:
        return _("project work without points: accepted or not")
    return ngettext(
        "project work with %(num)s point at most",
        "project work with %(num)s points at most",
        int(data["points"]),
    )


set_up = SetUp(_read, _write, _clear, _is_begun, _told)
