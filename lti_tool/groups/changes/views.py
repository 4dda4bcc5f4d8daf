"""The page on which a lead places who joined late and closes up after who left."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError
from lti_tool.groups import service, words
from lti_tool.groups.changes import service as changing
from lti_tool.groups.changes.rules import Stop, gains
from lti_tool.groups.changes.service import Situation, Way
from lti_tool.groups.changes.words import STOPS
from lti_tool.groups.criteria.words import broken_sentence
from lti_tool.groups.models import Formation
from lti_tool.groups.pages import pages
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.publishing import service as publishing
from lti_tool.groups.publishing.words import group_names
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Visit, Who

_LEAD = [Who.LEAD]


@pages.page("/<int:formation_id>/changes", allow=_LEAD)
def changes(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Show who joined and left, and what can be done at each stop of the slider."""
    formation = service.get_formation(visit.session, formation_id)
    now = changing.situation(visit.session, formation)
    if now is None:
        return render_template(
            "groups/change_none.html",
            formation=formation,
            in_force=publishing.in_force(visit.session, formation),
        )
    found = changing.ways(visit.session, formation, now)
    shown = [_shown(visit, formation, now, way) for way in found]
    return render_template(
        "groups/change.html",
        formation=formation,
        now=now,
        ways=shown,
        gains=gains({s["stop"]: s["look"].cost for s in shown if s["look"]}),
        stops=STOPS,
        chosen=_chosen(found),
        is_asked=all(way.proposal for way in found),
        under_way=sum(way.is_under_way for way in found),
        offers=_offers(visit, formation, now),
        silent={p.person_id for p in service.silent_people(visit.session, formation)},
        names=courses.names(visit.session),
        present={p.person_id for p in courses.participants(visit.session)},
        wish_word=words.wish_word,
    )


@pages.action("/<int:formation_id>/changes", allow=_LEAD)
def compute_changes(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Have what is possible computed for each stop."""
    formation, now = _situation(visit, formation_id)
    changing.ask(visit.session, formation, now, by=visit.person_id)
    return redirect(url_for(".changes", formation_id=formation_id), 303)


@pages.action("/<int:formation_id>/changes/<int:proposal_id>", allow=_LEAD)
def adopt_change(
    visit: Visit, formation_id: int, proposal_id: int
) -> ResponseReturnValue:
    """Take one of the ways over, and go on to publishing it."""
    formation = service.get_formation(visit.session, formation_id)
    taken = changing.adopt(visit.session, formation, proposal_id)
    return _to_publishing(formation, taken)


@pages.action("/<int:formation_id>/changes/places", allow=_LEAD)
def place_by_hand(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Put those who joined where the lead says, and go on to publishing it."""
    formation, now = _situation(visit, formation_id)
    wanted = {
        p.person_id: request.form.get(f"group_{p.person_id}", -1, type=int)
        for p in now.joined
    }
    placed = changing.place(
        visit.session,
        formation,
        now,
        {person: at for person, at in wanted.items() if at >= 0},
        by=visit.person_id,
    )
    return _to_publishing(formation, placed)


def _situation(visit: Visit, formation_id: int) -> tuple[Formation, Situation]:
    formation = service.get_formation(visit.session, formation_id)
    service.lock(visit.session, formation)
    now = changing.situation(visit.session, formation)
    if now is None:
        raise ConflictError(
            _("Nobody joined or left since these groups were published.")
        )
    return formation, now


def _to_publishing(formation: Formation, proposal: Proposal) -> ResponseReturnValue:
    here: dict[str, Any] = {"formation_id": formation.id, "proposal_id": proposal.id}
    return redirect(url_for(".publish_check", **here), 303)


def _shown(
    visit: Visit, formation: Formation, now: Situation, way: Way
) -> dict[str, Any]:
    name = group_names(courses.course_of(visit.session).language)
    return {
        "way": way,
        "stop": way.stop,
        "words": STOPS[way.stop],
        "look": changing.look(visit.session, formation, now, way.proposal, name)
        if way.is_done and way.proposal
        else None,
    }


def _chosen(found: list[Way]) -> Stop:
    """Return the stop that is asked for, else the first that is possible."""
    wanted = request.args.get("stop", "")
    if wanted in {stop.value for stop in Stop}:
        return Stop(wanted)
    return next((way.stop for way in found if way.is_done), Stop.NOBODY)


def _offers(
    visit: Visit, formation: Formation, now: Situation
) -> list[tuple[courses.Member, list[dict[str, Any]]]]:
    """Return for each who joined what each group in force would cost and break."""
    names = courses.names(visit.session)
    titles = [place.name for place in now.places]
    prices = changing.prices(visit.session, formation, now)
    ranks = changing.ranks(visit.session, formation, now)
    return [
        (
            person,
            [
                {
                    "at": at,
                    "place": now.places[at],
                    "rank": ranks[person.person_id][at],
                    "cost": price.cost,
                    "price": price.cost - min(p.cost for p in prices[person.person_id]),
                    "broken": [
                        broken_sentence(each, names, titles) for each in price.broken
                    ],
                }
                for at, price in enumerate(prices[person.person_id])
            ],
        )
        for person in now.joined
    ]
