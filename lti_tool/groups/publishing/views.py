"""The pages on which leads see what publishing changes, and what was published before."""

from collections.abc import Iterable
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError, NotFoundError
from lti_tool.groups import service
from lti_tool.groups.models import Formation
from lti_tool.groups.pages import pages
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.publishing import members
from lti_tool.groups.publishing import service as publishing
from lti_tool.groups.publishing.models import Publication
from lti_tool.groups.publishing.rules import Place
from lti_tool.groups.publishing.words import group_names
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Visit, Who
from lti_tool.web.notices import say

_LEAD = [Who.LEAD]


@pages.page("/<int:formation_id>/proposals/<int:proposal_id>/publish", allow=_LEAD)
def publish_check(
    visit: Visit, formation_id: int, proposal_id: int
) -> ResponseReturnValue:
    """Show what publishing a proposal would change for whom; ``?room=1`` leads back into the room."""
    session = visit.session
    formation = service.get_formation(session, formation_id)
    proposal = proposals.get_proposal(session, formation, proposal_id)
    here: dict[str, Any] = {"formation_id": formation_id, "proposal_id": proposal_id}
    name = group_names(courses.course_of(session).language)
    in_room = bool(request.args.get("room"))
    room: dict[str, Any] = {"formation_id": formation_id}
    return _check_page(
        visit,
        formation,
        publishing.planned(session, formation, proposal, name=name),
        action=url_for(".publish_room", **room)
        if in_room
        else url_for(".publish", **here),
        back=url_for(".room", **room) if in_room else url_for(".proposal", **here),
        confirms=proposal_id,
    )


@pages.page("/<int:formation_id>/publications", allow=_LEAD)
def publications(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Show all versions, the newest first, and what each changed."""
    session = visit.session
    formation = service.get_formation(session, formation_id)
    return render_template(
        "groups/published_versions.html",
        formation=formation,
        versions=publishing.history(session, formation),
        names=courses.names(session),
        present={p.person_id for p in courses.participants(session)},
    )


@pages.page("/<int:formation_id>/publications/<int:version>", allow=_LEAD)
def restore_check(visit: Visit, formation_id: int, version: int) -> ResponseReturnValue:
    """Show what restoring an earlier version would change for whom."""
    formation, earlier = _publication(visit, formation_id, version)
    here: dict[str, Any] = {"formation_id": formation_id, "version": version}
    return _check_page(
        visit,
        formation,
        publishing.again(visit.session, formation, earlier),
        action=url_for(".restore", **here),
        back=url_for(".publications", formation_id=formation_id),
        version=version,
    )


@pages.action("/<int:formation_id>/publications/<int:version>", allow=_LEAD)
def restore(visit: Visit, formation_id: int, version: int) -> ResponseReturnValue:
    """Publish the groups of an earlier version again."""
    formation, earlier = _publication(visit, formation_id, version)
    publishing.restore(visit.session, formation, earlier, by=visit.person_id)
    say(_("The groups are published. All participants see theirs now."))
    return redirect(url_for(".publications", formation_id=formation_id), 303)


@pages.page("/<int:formation_id>/take-back", allow=_LEAD)
def take_back_check(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Ask before a publication is taken back; ``?room=1`` leads back into the room."""
    session = visit.session
    formation = service.get_formation(session, formation_id)
    now = publishing.in_force(session, formation)
    if now is None:
        raise ConflictError(_("These groups are not published."))
    earlier = publishing.before(session, now)
    in_room = bool(request.args.get("room"))
    page = ".room" if in_room else ".formation"
    return render_template(
        "groups/published_back.html",
        formation=formation,
        earlier=earlier,
        owner=service.get_formation(session, earlier.formation_id) if earlier else None,
        action=url_for(
            ".undo_room" if in_room else ".take_back", formation_id=formation_id
        ),
        back=url_for(page, formation_id=formation_id),
    )


@pages.action("/<int:formation_id>/bring-back", allow=_LEAD)
def bring_back_groups(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Take a publication back for what was in force before it."""
    formation = service.get_formation(visit.session, formation_id)
    owner = publishing.bring_back(visit.session, formation, by=visit.person_id)
    say(_("The groups of “%(title)s” are in force again.", title=owner.title))
    say(_("What they have handed in is there as before."))
    return redirect(url_for(".formation", formation_id=owner.id), 303)


@pages.action("/seen/<int:publication_id>", allow=[Who.PARTICIPANT])
def see(visit: Visit, publication_id: int) -> ResponseReturnValue:
    """Note that a participant knows what has changed for them."""
    members.see(visit.session, visit.person_id, publication_id)
    return redirect(url_for(".overview"), 303)


def _check_page(
    visit: Visit, formation: Formation, places: Iterable[Place], **more: Any
) -> ResponseReturnValue:
    session, places = visit.session, tuple(places)
    placed = {person for place in places for person in place.people}
    return render_template(
        "groups/published_check.html",
        formation=formation,
        places=places,
        difference=publishing.difference(session, formation, places),
        in_force=publishing.in_force(session, formation),
        replaced=publishing.other_published(session, formation),
        missing=[
            p.name for p in courses.participants(session) if p.person_id not in placed
        ],
        present={p.person_id for p in courses.participants(session)},
        names=courses.names(session),
        **more,
    )


def _publication(
    visit: Visit, formation_id: int, version: int
) -> tuple[Formation, Publication]:
    formation = service.get_formation(visit.session, formation_id)
    found = [
        publication
        for publication in publishing.publications(visit.session, formation)
        if publication.version == version
    ]
    if not found:
        raise NotFoundError
    return formation, found[0]
