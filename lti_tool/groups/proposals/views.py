"""The pages on which leads see a proposal, move people, publish and take back."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from lti_tool.courses import service as courses
from lti_tool.errors import InvalidError
from lti_tool.groups import service, words
from lti_tool.groups.forms import MoveForm
from lti_tool.groups.models import Formation
from lti_tool.groups.pages import pages
from lti_tool.groups.proposals import arrangement, editing
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.publishing import service as publishing
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Visit, Who
from lti_tool.web.notices import say

_LEAD = [Who.LEAD]


@pages.action("/<int:formation_id>/proposals", allow=_LEAD)
def ask(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Have a proposal computed."""
    formation = service.get_formation(visit.session, formation_id)
    proposal = proposals.ask(visit.session, formation, by=visit.person_id)
    return redirect(_url(formation, proposal), 303)


@pages.page("/<int:formation_id>/proposals/<int:proposal_id>", allow=_LEAD)
def proposal(visit: Visit, formation_id: int, proposal_id: int) -> ResponseReturnValue:
    """Show a proposal: who is where and which wish that is; or how far its computing got."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    if proposal.status != "done":
        return render_template(
            "groups/waiting.html", formation=formation, proposal=proposal
        )
    arranged = arrangement.arrange(visit.session, formation, proposal)
    return render_template(
        "groups/proposal.html",
        formation=formation,
        proposal=proposal,
        arranged=arranged,
        in_force=publishing.in_force(visit.session, formation),
        as_published=publishing.is_as_published(
            visit.session, formation, arranged.teams
        ),
        wish_word=words.wish_word,
        wish_colour=words.wish_colour,
    )


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/cancel", allow=_LEAD)
def cancel(visit: Visit, formation_id: int, proposal_id: int) -> ResponseReturnValue:
    """Stop waiting for a proposal."""
    _formation, proposal = _proposal(visit, formation_id, proposal_id)
    proposals.cancel(visit.session, proposal)
    say(_("The proposal is cancelled."))
    return redirect(url_for(".formation", formation_id=formation_id), 303)


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/move", allow=_LEAD)
def move(visit: Visit, formation_id: int, proposal_id: int) -> ResponseReturnValue:
    """Put a person into another group."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    form = MoveForm()
    if not form.validate():
        raise InvalidError(_("Choose a group of this proposal."))
    person_id = form.person.data or 0
    editing.move(
        visit.session, proposal, person_id, form.group.data or None, by=visit.person_id
    )
    name = courses.names(visit.session)[person_id]
    say(_("%(name)s is moved.", name=name))
    return redirect(_url(formation, proposal), 303)


@pages.action("/<int:formation_id>/proposals/<int:proposal_id>/undo", allow=_LEAD)
def undo(visit: Visit, formation_id: int, proposal_id: int) -> ResponseReturnValue:
    """Undo the newest move."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    person_id = editing.undo(visit.session, proposal)[0]
    name = courses.names(visit.session)[person_id]
    say(_("%(name)s is back where they were.", name=name))
    return redirect(_url(formation, proposal), 303)


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


def _url(formation: Formation, proposal: Proposal) -> str:
    return url_for(".proposal", formation_id=formation.id, proposal_id=proposal.id)
