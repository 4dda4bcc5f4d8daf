"""What a copied course takes over of the certificate: the rules, as a draft."""

from typing import Any

from sqlalchemy import select

from lti_tool.certificate.choices import choices_of
from lti_tool.certificate.models import RuleSet
from lti_tool.certificate.requirements import parse
from lti_tool.certificate.service import SECOND, rules_in_force
from lti_tool.courses import service as courses
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session
from lti_tool.web.tool import SetUp

DRAFT = "certificate.draft"
"""The option with rules that hold only once a lead publishes them."""


def draft(session: Session) -> dict[str, Any]:
    """Return the rules that wait to be published; empty for none."""
    return courses.option(session, DRAFT) or {}


def drop_draft(session: Session) -> None:
    """Forget the draft: it was published, or the course starts empty."""
    courses.set_option(session, DRAFT, None)


def _read(session: Session) -> dict[str, Any]:
    rules = rules_in_force(session)
    # Rules that the form cannot show could not be published from a draft either.
    if not rules.version or choices_of(parse(rules.tree)) is None:
        return draft(session)
    second = bool(courses.option(session, SECOND))
    return {"tree": dict(rules.tree), "second": second}


def _write(session: Session, data: dict[str, Any]) -> None:
    courses.set_option(session, DRAFT, data)


def _is_begun(session: Session) -> bool:
    return session.scalar(select(RuleSet.id).limit(1)) is not None


def _told(_data: dict[str, Any]) -> str:
    return _("the rules of the certificate, as a draft that you publish")


set_up = SetUp(_read, _write, drop_draft, _is_begun, _told)
