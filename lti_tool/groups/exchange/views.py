"""The pages on which leads take groups from the learning platform or a file, and hand groups out."""

from collections.abc import Sequence
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.courses import service as courses
from lti_tool.courses.cells import MOST_BYTES, MOST_ROWS, TableError
from lti_tool.errors import ConflictError, InvalidError
from lti_tool.gradebook.overview import as_csv
from lti_tool.groups import service
from lti_tool.groups.exchange import rules
from lti_tool.groups.exchange import service as exchange
from lti_tool.groups.exchange.rules import Draft
from lti_tool.groups.models import Formation
from lti_tool.groups.pages import pages
from lti_tool.groups.proposals import arrangement
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.publishing.words import group_names
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.web.access import Visit, Who
from lti_tool.web.incoming import is_id
from lti_tool.web.notices import say

_LEAD = [Who.LEAD]
_REFUSALS = {
    "empty": _l("There is no row with a person in the file."),
    "too_large": _l("The file is larger than 1 MB. Remove pictures and other sheets."),
    "too_many_rows": _l(
        "The file has more than %(rows)d rows. Divide it, or remove the empty ones.",
        rows=MOST_ROWS,
    ),
    "not_a_table": _l(
        "This is no table that can be read here. Save it as CSV or XLSX and choose it again."
    ),
    "no_header": _l(
        "No row with headers was found. One row must name the columns: group, and e-mail, name or user ID."
    ),
}


@pages.page("/take", allow=_LEAD)
def take(visit: Visit) -> ResponseReturnValue:
    """Show from where groups can be taken."""
    return _take_page(visit)


def _take_page(visit: Visit, problem: str | None = None) -> ResponseReturnValue:
    course = courses.course_of(visit.session)
    return (
        render_template(
            "groups/exchange_take.html",
            names=exchange.platform_names(visit.session),
            is_moodle=course.platform_family == "moodle",
            waiting=exchange.waiting_upload(visit.session),
            problem=problem,
        ),
        422 if problem else 200,
    )


# From the learning platform


@pages.page("/take/lms", allow=_LEAD)
def lms_groups(visit: Visit) -> ResponseReturnValue:
    """Show who is in which group of the learning platform, and what would be taken over."""
    return _lms_page(visit)


def _lms_page(
    visit: Visit, chosen: Sequence[str] = (), problem: str | None = None
) -> ResponseReturnValue:
    names = exchange.platform_names(visit.session)
    groups_of = exchange.platform_groups(visit.session)
    asked = [
        group for group in chosen or request.args.getlist("group") if group in names
    ]
    counted = asked or rules.usual_groups(groups_of)
    counted = [group for group in names if group in counted]
    return (
        render_template(
            "groups/exchange_lms.html",
            names=names,
            sizes={g: sum(g in own for own in groups_of.values()) for g in names},
            counted=counted,
            spread=rules.spread(groups_of, counted),
            people=courses.names(visit.session),
            problem=problem,
            **_into(visit),
        ),
        422 if problem else 200,
    )


@pages.action("/take/lms", allow=_LEAD)
def take_lms_groups(visit: Visit) -> ResponseReturnValue:
    """Make the groups of the learning platform a proposal."""
    names = exchange.platform_names(visit.session)
    counted = [g for g in request.form.getlist("group") if g in names]
    spread = rules.spread(exchange.platform_groups(visit.session), counted)
    chosen = {p: request.form.get(f"person-{p}", "") for p in spread.several}
    taken = [
        Draft(
            names[group],
            _typed_topic(group, names[group]),
            (
                *spread.members[group],
                *(p for p, choice in chosen.items() if choice == group),
            ),
        )
        for group in counted
    ]
    if problem := _problem(taken):
        return _lms_page(visit, counted, problem)
    return _take_over(visit, taken, _("From the learning platform"))


# From a file


@pages.action("/take/file", allow=_LEAD)
def upload_groups(visit: Visit) -> ResponseReturnValue:
    """Take a file and lead to its preview, or say why it cannot be read."""
    file = request.files.get("table")
    if file is None or not file.filename:
        return _take_page(visit, _("Choose a file first."))
    content = file.stream.read(MOST_BYTES + 1)
    file.close()
    try:
        entries = exchange.read_file(content)
    except TableError as error:
        return _take_page(visit, str(_REFUSALS[error.reason]))
    row = exchange.upload(visit.session, file.filename, entries, by=visit.person_id)
    return redirect(url_for(".file_groups", upload_id=row.id), 303)


@pages.page("/take/file/<int:upload_id>", allow=_LEAD)
def file_groups(visit: Visit, upload_id: int) -> ResponseReturnValue:
    """Show whose each row of a file is, and which groups that makes."""
    return _file_page(visit, upload_id)


def _file_page(
    visit: Visit, upload_id: int, problem: str | None = None
) -> ResponseReturnValue:
    upload = exchange.get_upload(visit.session, upload_id)
    rows = exchange.rows_of(visit.session, upload)
    named = {p for row in rows if row.state == "matched" for p in row.person_ids}
    everybody = courses.participants(visit.session)
    return (
        render_template(
            "groups/exchange_file.html",
            upload=upload,
            rows=rows,
            groups=[(n, rules.topic_of(n, rows)) for n in rules.group_names(rows)],
            people={p.person_id: p for p in everybody},
            missing=[p.name for p in everybody if p.person_id not in named],
            problem=problem,
            **_into(visit),
        ),
        422 if problem else 200,
    )


@pages.action("/take/file/<int:upload_id>", allow=_LEAD)
def take_file_groups(visit: Visit, upload_id: int) -> ResponseReturnValue:
    """Make the groups of a file a proposal."""
    upload = exchange.get_upload(visit.session, upload_id)
    rows = exchange.rows_of(visit.session, upload)
    names = rules.group_names(rows)
    topics = {
        name: _typed_topic(str(number), rules.topic_of(name, rows))
        for number, name in enumerate(names, start=1)
    }
    try:
        taken = exchange.drafts(rows, _chosen_rows(), topics)
    except InvalidError as error:
        return _file_page(visit, upload_id, str(error.message))
    if problem := _problem(taken):
        return _file_page(visit, upload_id, problem)
    exchange.drop_upload(visit.session, upload_id)
    return _take_over(visit, taken, _("From a file"))


def _chosen_rows() -> dict[int, int]:
    return {
        int(name.removeprefix("row-")): int(value)
        for name, value in request.form.items()
        if name.startswith("row-") and is_id(name[4:]) and is_id(value)
    }


@pages.action("/take/file/<int:upload_id>/drop", allow=_LEAD)
def drop_file_groups(visit: Visit, upload_id: int) -> ResponseReturnValue:
    """Drop an upload."""
    exchange.drop_upload(visit.session, upload_id)
    say(_("The upload was dropped, nothing was changed."))
    return redirect(url_for(".take"), 303)


# What both ways share


def _into(visit: Visit) -> dict[str, Any]:
    """Return the formations into which groups can be taken, and what was typed so far."""
    return {
        "formations": service.formations(visit.session),
        "into": request.form.get("into", "0"),
        "typed": request.form,
    }


def _typed_topic(key: str, usual: str) -> str:
    return request.form.get(f"topic-{key}", usual).strip()


def _problem(taken: Sequence[Draft]) -> str | None:
    """Return what to change before groups can be taken over."""
    if not any(draft.people for draft in taken):
        return _("No participant would be in a group. Choose groups or people.")
    if not all(draft.topic for draft in taken):
        return _("Please name a topic for every group.")
    if any(len(draft.topic) > rules.LONGEST_NAME for draft in taken):
        return _("A topic can have 120 characters at most.")
    return None


def _take_over(visit: Visit, taken: Sequence[Draft], title: str) -> ResponseReturnValue:
    into = request.form.get("into", "")
    formation = (
        service.get_formation(visit.session, int(into))
        if is_id(into) and int(into)
        else None
    )
    proposal = exchange.take_over(
        visit.session, formation, taken, title=title, by=visit.person_id
    )
    say(_("The groups are taken over. You can move people, and publish them."))
    return redirect(_proposal_url(proposal), 303)


def _proposal_url(proposal: Proposal) -> str:
    return url_for(
        ".proposal", formation_id=proposal.formation_id, proposal_id=proposal.id
    )


# Out to the learning platform


@pages.page("/<int:formation_id>/proposals/<int:proposal_id>/out", allow=_LEAD)
def take_out(visit: Visit, formation_id: int, proposal_id: int) -> ResponseReturnValue:
    """Show how the groups of a proposal come into the learning platform, group by group."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    return render_template(
        "groups/exchange_out.html",
        formation=formation,
        proposal=proposal,
        groups=_groups(visit, formation, proposal),
        is_moodle=courses.course_of(visit.session).platform_family == "moodle",
    )


@pages.page("/<int:formation_id>/proposals/<int:proposal_id>/groups.csv", allow=_LEAD)
def groups_file(
    visit: Visit, formation_id: int, proposal_id: int
) -> ResponseReturnValue:
    """Hand out the groups as a file that Moodle can import."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    lines = [
        [name, formation.title] for name, _people in _groups(visit, formation, proposal)
    ]
    return _csv([["groupname", "groupingname"], *lines], "groups.csv")


@pages.page("/<int:formation_id>/proposals/<int:proposal_id>/members.csv", allow=_LEAD)
def members_file(
    visit: Visit, formation_id: int, proposal_id: int
) -> ResponseReturnValue:
    """Hand out who is in which group, as a file with which administrators of Moodle can enrol."""
    formation, proposal = _proposal(visit, formation_id, proposal_id)
    course = request.args.get("course", "").strip()[: rules.LONGEST_NAME]
    lines = [
        [person.email, person.email, course, name]
        for name, people in _groups(visit, formation, proposal)
        for person in people
        if person.email
    ]
    return _csv([["username", "email", "course1", "group1"], *lines], "members.csv")


def _csv(lines: list[list[str]], name: str) -> ResponseReturnValue:
    answer = make_response(as_csv(lines, ","))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _groups(
    visit: Visit, formation: Formation, proposal: Proposal
) -> list[tuple[str, list[courses.Member]]]:
    """Return the groups with people in them, by the names that members know."""
    people = {p.person_id: p for p in courses.participants(visit.session)}
    teams = arrangement.arrange(visit.session, formation, proposal).teams
    named = group_names(courses.course_of(visit.session).language)
    return [
        (
            f"{named(team.number)}: {team.topic}",
            [people[seat.person_id] for seat in team.seats],
        )
        for team in teams
        if team.seats
    ]


def _proposal(
    visit: Visit, formation_id: int, proposal_id: int
) -> tuple[Formation, Proposal]:
    formation = service.get_formation(visit.session, formation_id)
    proposal = proposals.get_proposal(visit.session, formation, proposal_id)
    if proposal.status != "done":
        raise ConflictError(_("This proposal is not computed yet."))
    return formation, proposal
