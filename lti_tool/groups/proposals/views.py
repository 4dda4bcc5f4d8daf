"""The pages on which leads see a proposal, move people, publish and take back."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.errors import InvalidError
from lti_tool.groups import service, words
from lti_tool.groups.criteria.words import listed
from lti_tool.groups.models import Formation
from lti_tool.groups.pages import pages
from lti_tool.groups.problem import Pin
from lti_tool.groups.proposals import editing
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.arrangement import arrange, changed_by_hand
from lti_tool.groups.proposals.comparing import MOST_COMPARED, compare
from lti_tool.groups.proposals.forms import (
    AskForm,
    MoveForm,
    NameForm,
    PinForm,
    PriceForm,
    RestForm,
)
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.proposals.refusing import ContradictionError
from lti_tool.groups.proposals.rules import Terms
from lti_tool.groups.proposals.showing import Asked, Shown, asked
from lti_tool.groups.publishing import service as publishing
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Visit, Who
from lti_tool.web.notices import say

_LEAD = [Who.LEAD]


@pages.action("/<int:formation_id>/proposals", allow=_LEAD)
def ask(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Have a proposal computed, by a preset if one is chosen."""
    formation = service.get_formation(visit.session, formation_id)
    form = AskForm()
    if not form.validate():
        raise InvalidError(_("Choose one of the three ways."))
    terms = Terms(preset=form.preset.data or None)
    proposal = proposals.ask(visit.session, formation, by=visit.person_id, terms=terms)
    return redirect(_url(formation, proposal), 303)


def _refused(error: ContradictionError) -> ResponseReturnValue:
    """Name the fewest rules in conflict; what asked for groups has changed nothing."""
    return render_template("groups/refused.html", error=error), error.status


pages.register_error_handler(ContradictionError, _refused)


@pages.page("/<int:formation_id>/proposals/<int:proposal_id>", allow=_LEAD)
def proposal(visit: Visit, formation_id: int, proposal_id: int) -> ResponseReturnValue:
    """Show a proposal: who is where and which wish that is; or how far its computing got."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    if proposal.status != "done":
        return render_template(
            "groups/waiting.html",
            formation=formation,
            proposal=proposal,
            seconds=_seconds(proposal),
        )
    shown = Shown(visit.session, formation, proposal)
    return render_template(
        "groups/proposal.html",
        formation=formation,
        proposal=proposal,
        arranged=shown.arranged,
        shown=shown,
        asked=_prices(visit, formation, proposal, shown),
        base=_base(visit, formation, proposal),
        rest=RestForm(formdata=None),
        naming=NameForm(formdata=None, data={"title": proposal.name}),
        in_force=publishing.in_force(visit.session, formation),
        as_published=publishing.is_as_published(
            visit.session, formation, shown.arranged.teams
        ),
        wish_word=words.wish_word,
        wish_colour=words.wish_colour,
    )


def _seconds(proposal: Proposal) -> int:
    since = proposal.begun_at or proposal.created_at
    return round((clock.now() - since).total_seconds())


def _base(visit: Visit, formation: Formation, proposal: Proposal) -> Proposal | None:
    base = Terms.from_json(proposal.terms).based_on
    if base is None:
        return None
    return proposals.get_proposal(visit.session, formation, base)


def _prices(
    visit: Visit, formation: Formation, proposal: Proposal, shown: Shown
) -> list[Asked]:
    found = proposals.prices_asked(visit.session, formation, proposal)
    return [asked(visit.session, formation, one, shown) for one in found]


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/cancel", allow=_LEAD)
def cancel(visit: Visit, formation_id: int, proposal_id: int) -> ResponseReturnValue:
    """Stop waiting for a proposal."""
    _formation, proposal = _proposal(visit, formation_id, proposal_id)
    proposals.cancel(visit.session, proposal)
    say(_("The proposal is cancelled."))
    return redirect(url_for(".formation", formation_id=formation_id), 303)


# What is changed by hand


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/move", allow=_LEAD)
def move(visit: Visit, formation_id: int, proposal_id: int) -> ResponseReturnValue:
    """Put a person into another group, or let two change places."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    form = MoveForm()
    if not form.validate():
        raise InvalidError(_("Choose a group of this proposal."))
    person_id, (is_swap, number) = form.person.data or 0, form.way()
    names = courses.names(visit.session)
    if is_swap:
        editing.swap(visit.session, proposal, person_id, number, by=visit.person_id)
        both = {"name": names[person_id], "other": names[number]}
        say(_("%(name)s and %(other)s have changed places.", **both))
    else:
        editing.move(
            visit.session, proposal, person_id, number or None, by=visit.person_id
        )
        said = (
            _("%(name)s is moved.", name=names[person_id])
            if number
            else _("%(name)s is in no group now.", name=names[person_id])
        )
        say(said)
    return redirect(_url(formation, proposal, person_id), 303)


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/pin", allow=_LEAD)
def pin(visit: Visit, formation_id: int, proposal_id: int) -> ResponseReturnValue:
    """Fix a person to their group or topic, or let them go."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    form = PinForm()
    if not form.validate():
        raise InvalidError
    person_id, kind = form.person.data or 0, form.pin.data
    editing.pin(visit.session, proposal, person_id, kind, by=visit.person_id)
    name = courses.names(visit.session)[person_id]
    said = {
        "group": _("%(name)s is fixed to this group.", name=name),
        "topic": _("%(name)s is fixed to this topic.", name=name),
        "none": _("%(name)s is no longer fixed.", name=name),
    }
    say(said[kind])
    return redirect(_url(formation, proposal, person_id), 303)


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/undo", allow=_LEAD)
def undo(visit: Visit, formation_id: int, proposal_id: int) -> ResponseReturnValue:
    """Undo the newest step."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    people = editing.undo(visit.session, proposal)
    names = courses.names(visit.session)
    undone = listed([names[person] for person in people])
    say(_("Undone: what was done with %(names)s.", names=undone))
    return redirect(_url(formation, proposal, people[0]), 303)


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/redo", allow=_LEAD)
def redo(visit: Visit, formation_id: int, proposal_id: int) -> ResponseReturnValue:
    """Do again what was undone last."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    people = editing.redo(visit.session, proposal)
    names = courses.names(visit.session)
    again = listed([names[person] for person in people])
    say(_("Done again: what was done with %(names)s.", names=again))
    return redirect(_url(formation, proposal, people[0]), 303)


# What is computed on the grounds of a proposal


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/rest", allow=_LEAD)
def solve_rest(
    visit: Visit, formation_id: int, proposal_id: int
) -> ResponseReturnValue:
    """Have the rest computed around who is fixed."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    form = RestForm()
    if not form.validate():
        raise InvalidError
    terms = Terms(
        preset=Terms.from_json(proposal.terms).preset,
        based_on=proposal.id,
        move_cost=int(form.move_cost.data),
        pins=arrange(visit.session, formation, proposal).pins,
    )
    found = proposals.ask(visit.session, formation, by=visit.person_id, terms=terms)
    return redirect(_url(formation, found), 303)


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/price", allow=_LEAD)
def ask_price(visit: Visit, formation_id: int, proposal_id: int) -> ResponseReturnValue:
    """Have computed what the best groups cost with a person in a topic."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    form = PriceForm()
    offered = {topic.id for topic in service.topics(visit.session, formation)}
    if not form.validate() or form.topic.data not in offered:
        raise InvalidError(_("Choose another topic that is offered."))
    asking = courses.get_participant(visit.session, form.person.data or 0).person_id
    pins = arrange(visit.session, formation, proposal).pins
    terms = Terms(
        preset=Terms.from_json(proposal.terms).preset,
        based_on=proposal.id,
        pins=(
            *(pin for pin in pins if pin.person != asking),
            Pin(asking, topic=form.topic.data),
        ),
        asks_price=True,
    )
    proposals.ask(visit.session, formation, by=visit.person_id, terms=terms)
    say(_("The exact price is being computed. It appears here in a moment."))
    return redirect(f"{_url(formation, proposal)}#prices", 303)


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/keep", allow=_LEAD)
def keep_price(
    visit: Visit, formation_id: int, proposal_id: int
) -> ResponseReturnValue:
    """Keep the groups of an exact price as a proposal."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    proposals.keep(visit.session, formation, proposal)
    say(_("These groups are a proposal now."))
    return redirect(_url(formation, proposal), 303)


# Several proposals


@pages.page("/<int:formation_id>/compare", allow=_LEAD)
def compare_proposals(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Show several proposals side by side; without a choice, the newest ones."""
    formation = service.get_formation(visit.session, formation_id)
    finished = [
        proposal
        for proposal in proposals.proposals(visit.session, formation)
        if proposal.status == "done"
    ]
    wanted = request.args.getlist("proposal", type=int)
    chosen = [p for p in finished if p.id in wanted] or finished[:2]
    chosen = sorted(chosen, key=lambda p: p.number)[:MOST_COMPARED]
    return render_template(
        "groups/proposals_compared.html",
        formation=formation,
        finished=finished,
        chosen=chosen,
        most=MOST_COMPARED,
        compared=compare(visit.session, formation, chosen) if chosen else None,
        wish_word=words.wish_word,
        wish_colour=words.wish_colour,
    )


@pages.page("/<int:formation_id>/put-away", allow=_LEAD)
def archived_proposals(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Show the proposals that were put away."""
    formation = service.get_formation(visit.session, formation_id)
    archived = proposals.proposals(visit.session, formation, archived=True)
    return render_template(
        "groups/proposals_archived.html",
        formation=formation,
        archived=archived,
        changed=changed_by_hand(visit.session, archived),
    )


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/name", allow=_LEAD)
def name_proposal(
    visit: Visit, formation_id: int, proposal_id: int
) -> ResponseReturnValue:
    """Give a proposal a name."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    form = NameForm()
    if not form.validate():
        raise InvalidError(_("The name is too long."))
    proposal.title = form.title.data or None
    say(_("The name is stored."))
    return redirect(_url(formation, proposal), 303)


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/put-away", allow=_LEAD)
def archive_proposal(
    visit: Visit, formation_id: int, proposal_id: int
) -> ResponseReturnValue:
    """Put a proposal away; it can be brought back."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    proposals.put_away(visit.session, proposal)
    base = _base(visit, formation, proposal)
    if proposal.number < 0 and base is not None:
        return redirect(f"{_url(formation, base)}#prices", 303)
    say(_("The proposal is put away. You can bring it back."))
    return redirect(url_for(".archived_proposals", formation_id=formation_id), 303)


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/bring-back", allow=_LEAD)
def restore_proposal(
    visit: Visit, formation_id: int, proposal_id: int
) -> ResponseReturnValue:
    """Show a proposal among the others again."""
    _formation, proposal = _proposal(visit, formation_id, proposal_id)
    proposals.bring_back(visit.session, proposal)
    say(_("The proposal is back."))
    return redirect(url_for(".formation", formation_id=formation_id), 303)


# Publishing


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/publish", allow=_LEAD)
def publish(visit: Visit, formation_id: int, proposal_id: int) -> ResponseReturnValue:
    """Tell the participants their groups."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    language = courses.course_of(visit.session).language

    def name(number: int) -> str:
        # All know a group by one name, whatever language its reader speaks.
        with force_locale(language):
            return str(_("Group %(number)s", number=number))

    publishing.publish(
        visit.session, formation, proposal, name=name, by=visit.person_id
    )
    say(_("The groups are published. All participants see theirs now."))
    return redirect(_url(formation, proposal), 303)


@pages.action("/<int:formation_id>/take-back", allow=_LEAD)
def take_back(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Undo a publication."""
    formation = service.get_formation(visit.session, formation_id)
    publishing.take_back(visit.session, formation)
    say(_("The publication is taken back. Participants no longer see these groups."))
    return redirect(url_for(".formation", formation_id=formation_id), 303)


def _proposal(
    visit: Visit, formation_id: int, proposal_id: int
) -> tuple[Formation, Proposal]:
    formation = service.get_formation(visit.session, formation_id)
    return formation, proposals.get_proposal(visit.session, formation, proposal_id)


def _url(formation: Formation, proposal: Proposal, person_id: int | None = None) -> str:
    anchor = None if person_id is None else f"seat-{person_id}"
    return url_for(
        ".proposal",
        formation_id=formation.id,
        proposal_id=proposal.id,
        _anchor=anchor,
    )
