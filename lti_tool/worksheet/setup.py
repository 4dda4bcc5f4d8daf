"""What a copied course takes over of the worksheet: which form it uses."""

from sqlalchemy import select

from lti_tool.courses import service as courses
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session
from lti_tool.web.tool import SetUp
from lti_tool.worksheet.models import Worksheet, WorksheetPhase
from lti_tool.worksheet.phases import FORM, get_form, set_form


def _read(session: Session) -> str:
    return get_form(session) if courses.option(session, FORM) else ""


def _clear(session: Session) -> None:
    courses.set_option(session, FORM, None)


def _is_begun(session: Session) -> bool:
    firsts = (select(Worksheet.id).limit(1), select(WorksheetPhase.id).limit(1))
    return any(session.scalar(first) is not None for first in firsts)


def _told(form: str) -> str:
    if form == "short":
        return _("the short form of the worksheet")
    return _("the full form of the worksheet")


set_up = SetUp(_read, set_form, _clear, _is_begun, _told)
