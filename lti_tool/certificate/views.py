"""The participant's standing, the team's list, the dossier with its decisions, and the rules."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.certificate import service, setup
from lti_tool.certificate.awards import Award, Decision, may_follow
from lti_tool.certificate.choices import build, choices_of
from lti_tool.certificate.explain import AWARDS, SIGNS, named, rows
from lti_tool.certificate.facts import titles
from lti_tool.certificate.forms import RulesForm, shown
from lti_tool.certificate.requirements import AttUnits, parse
from lti_tool.certificate.rules import Result, Status, leaves
from lti_tool.certificate.service import Standing
from lti_tool.certificate.summary import headline, is_at_risk, missing, steps
from lti_tool.courses import service as courses
from lti_tool.errors import InvalidError, NotAllowedError
from lti_tool.gradebook.service import grade_of
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Pages, Visit, Who
from lti_tool.web.notices import say

pages = Pages("certificate", __name__, prefix="/certificate")
READERS = [Who.LEAD, Who.ASSISTANT, Who.EXAMINER]
DECIDERS = [Who.LEAD, Who.EXAMINER]
FILTERS = ("waiting", "risk", "unreachable", "decided")


@pages.page("/", allow=[Who.PARTICIPANT, *READERS])
def index(visit: Visit) -> ResponseReturnValue:
    """Show participants where they stand, and the team where everybody stands."""
    if visit.is_participant:
        return _own_page(visit)
    return _team_page(visit)


def _own_page(visit: Visit) -> str:
    standing = service.standing_of(visit.session, visit.person_id)
    return render_template("certificate/own.html", **_told(visit, standing))


def _told(visit: Visit, standing: Standing) -> dict[str, object]:
    """Return what both the person and the team read about a standing."""
    known = titles(visit.session)
    return {
        "standing": standing,
        "at_risk": standing.award is Award.NONE and is_at_risk(standing.result),
        "headline": headline(standing.result, standing.award),
        "rows": rows(standing.result, known),
        "steps": steps(standing.result, known),
        "signs": SIGNS,
        "awards": AWARDS,
        "verdicts": service.verdicts(visit.session, standing.person_id),
        "grade": grade_of(
            visit.session, service.column(visit.session), standing.person_id
        ),
        "rules": service.rules_in_force(visit.session),
        "names": courses.names(visit.session),
        "contacts": ", ".join(
            person.name for person in courses.holders(visit.session, "lead")
        ),
        "endpoints": _endpoints(visit),
    }


def _endpoints(visit: Visit) -> dict[str, str]:
    """Return the page of each kind of work; a presentation belongs to the project."""
    found = {
        f.name: f.endpoint for f in visit.tool.features.values() if f.allow & visit.who
    }
    return found | ({"presentation": found["project"]} if "project" in found else {})


def _team_page(visit: Visit) -> str:
    standings = service.standings(visit.session)
    wanted = request.args.get("show")
    chosen = wanted if wanted in FILTERS else None
    return render_template(
        "certificate/team.html",
        standings=[s for s in standings if chosen is None or _is(s, chosen, visit)],
        counts={name: sum(_is(s, name, visit) for s in standings) for name in FILTERS},
        total=len(standings),
        chosen=chosen,
        signs=SIGNS,
        awards=AWARDS,
        missing=missing,
        share=_share,
        is_at_risk=is_at_risk,
        names=courses.names(visit.session),
        rules=service.rules_in_force(visit.session),
    )


def _is(standing: Standing, name: str, visit: Visit) -> bool:
    """Tell whether a standing belongs under a filter of the list."""
    if name == "waiting":
        return _waits_for(standing, visit)
    if name == "risk":
        return standing.award is Award.NONE and is_at_risk(standing.result)
    if name == "unreachable":
        return (
            standing.award is Award.NONE
            and standing.result.status is Status.UNREACHABLE
        )
    return standing.award is not Award.NONE


def _waits_for(standing: Standing, visit: Visit) -> bool:
    if standing.award is Award.HALF:
        return visit.is_any(Who.EXAMINER)
    return standing.waits_for_lead and visit.is_lead


def _share(result: Result) -> Result | None:
    """Return the requirement on units, which the list shows as a bar."""
    return next(
        (r for r in leaves(result) if isinstance(r.requirement, AttUnits)), None
    )


# One person


@pages.page("/people/<int:person_id>", allow=READERS)
def person(visit: Visit, person_id: int) -> ResponseReturnValue:
    """Show what a participant sees, and the decisions that are possible now."""
    return _person_page(visit, person_id)


def _person_page(visit: Visit, person_id: int, problem: object = None) -> str:
    member = courses.get_participant(visit.session, person_id)
    standing = service.standing_of(visit.session, person_id)
    return render_template(
        "certificate/person.html",
        person=member,
        possible=_possible(visit, standing),
        problem=problem,
        reason=request.form.get("reason", ""),
        second=courses.option(visit.session, service.SECOND, default=False),
        **_told(visit, standing),
    )


def _possible(visit: Visit, standing: Standing) -> set[str]:
    """Return the decisions that this visitor can make now."""
    is_met = standing.result.status is Status.MET
    found = {
        Decision.CONFIRM: visit.is_lead and is_met,
        Decision.COUNTERSIGN: visit.is_any(Who.EXAMINER)
        and is_met
        and standing.decided_by != visit.person_id,
        Decision.DENY: visit.is_lead,
        Decision.REVOKE: visit.is_lead,
    }
    return {
        str(decision)
        for decision, is_mine in found.items()
        if is_mine and may_follow(standing.award, decision)
    }


@pages.action("/people/<int:person_id>/decision", allow=DECIDERS)
def decide(visit: Visit, person_id: int) -> ResponseReturnValue:
    """Store what was decided on the standing that was seen."""
    decision = _decision(visit)
    reason = request.form.get("reason", "")[:2000]
    try:
        service.decide(
            visit.session,
            person_id,
            decision,
            by=visit.person_id,
            seen=request.form.get("seen", ""),
            reason=reason,
        )
    except InvalidError as error:
        return _person_page(visit, person_id, error.message), 422
    say(_("Your decision is stored. The participant sees it at once."))
    return redirect(url_for(".person", person_id=person_id), 303)


def _decision(visit: Visit) -> Decision:
    try:
        decision = Decision(request.form.get("decision", ""))
    except ValueError:
        raise InvalidError from None
    needed = Who.EXAMINER if decision is Decision.COUNTERSIGN else Who.LEAD
    if not visit.is_any(needed):
        raise NotAllowedError
    return decision


# Rules


@pages.page("/rules", allow=READERS)
def rules(visit: Visit) -> ResponseReturnValue:
    """Show the rules in force, and to leads the form that changes them."""
    present = service.rules_in_force(visit.session)
    choices = choices_of(present.requirement)
    second = courses.option(visit.session, service.SECOND, default=False)
    if draft := setup.draft(visit.session):
        choices, second = choices_of(parse(draft["tree"])), draft["second"]
    form = (
        RulesForm(data=shown(choices, second=second)) if choices is not None else None
    )
    return _rules_page(visit, form)


def _rules_page(
    visit: Visit,
    form: RulesForm | None,
    changes: dict[int, tuple[Status, Status]] | None = None,
) -> str:
    known, present = titles(visit.session), service.rules_in_force(visit.session)
    nobody = service.standing_of(visit.session, 0)
    return render_template(
        "certificate/rules.html",
        form=form,
        has_draft=bool(setup.draft(visit.session)),
        rules=present,
        rows=rows(nobody.result, known),
        named=named,
        changes=changes,
        signs=SIGNS,
        names=courses.names(visit.session),
        waits_for_nobody=courses.option(visit.session, service.SECOND, default=False)
        and not courses.holders(visit.session, "examiner"),
    )


@pages.action("/rules", allow=[Who.LEAD])
def publish(visit: Visit) -> ResponseReturnValue:
    """Show whom new rules would move, then, on the second press, publish them."""
    form = RulesForm()
    if not form.validate():
        return _rules_page(visit, form), 422
    tree = build(form.read())
    if request.form.get("step") != "publish":
        return _rules_page(visit, form, service.effect(visit.session, tree))
    service.publish(visit.session, tree, by=visit.person_id)
    courses.set_option(visit.session, service.SECOND, form.second.data)
    setup.drop_draft(visit.session)
    say(
        _(
            "The rules are published and hold from now on. What was confirmed stays confirmed."
        )
    )
    return redirect(url_for(".rules"), 303)
