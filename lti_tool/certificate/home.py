"""What the course home says of the certificate."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from lti_tool.certificate import service
from lti_tool.certificate.awards import Award
from lti_tool.certificate.rules import Status
from lti_tool.certificate.summary import headline, is_at_risk
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.persistence.session import Session
from lti_tool.web.access import Visit, Who
from lti_tool.web.tool import Card


def review(_session: Session, person_id: int) -> tuple[str, dict[str, Any]]:
    """Return where staff see the standing of a participant."""
    return "certificate.person", {"person_id": person_id}


def cards(visit: Visit) -> Sequence[Card]:
    """Return where the participant stands, or which decisions wait for the visitor."""
    if visit.is_participant:
        return [_own(visit)]
    standings = service.standings(visit.session)
    if not standings:
        return []
    waiting = sum(s.waits_for_lead for s in standings) if visit.is_lead else 0
    if visit.is_any(Who.EXAMINER):
        waiting += sum(s.award is Award.HALF for s in standings)
    if waiting:
        return [_waiting(waiting)]
    return [_overview(standings)]


def _own(visit: Visit) -> Card:
    standing = service.standing_of(visit.session, visit.person_id)
    is_lost = (
        standing.result.status is Status.UNREACHABLE and standing.award is Award.NONE
    )
    return Card(
        title=_("Your certificate"),
        text=headline(standing.result, standing.award),
        url=url_for("certificate.index"),
        action=_("Where I stand"),
        urgency=2 if is_lost or is_at_risk(standing.result) else 1,
    )


def _waiting(count: int) -> Card:
    return Card(
        title=ngettext(
            "%(num)s certificate waits for your confirmation",
            "%(num)s certificates wait for your confirmation",
            count,
        ),
        text=_("All requirements are met."),
        url=url_for("certificate.index", show="waiting"),
        action=_("Look and confirm"),
        urgency=3,
    )


def _overview(standings: Sequence[service.Standing]) -> Card:
    risk = sum(is_at_risk(s.result) for s in standings)
    lost = sum(s.result.status is Status.UNREACHABLE for s in standings)
    return Card(
        title=_("Certificates"),
        text=_(
            "%(confirmed)s of %(all)s confirmed, %(risk)s at risk, %(lost)s no longer reachable.",
            confirmed=sum(s.award is Award.CONFIRMED for s in standings),
            all=len(standings),
            risk=risk,
            lost=lost,
        ),
        url=url_for("certificate.index"),
        action=_("Standing of all"),
        urgency=1 if risk or lost else 0,
    )
