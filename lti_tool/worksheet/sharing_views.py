"""The pages on who reads what: for owners, for readers and for the course team."""

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.i18n import gettext as _
from lti_tool.web.access import Visit, Who
from lti_tool.web.notices import say
from lti_tool.worksheet import phases, service, sharing, snapshots
from lti_tool.worksheet.forms import SettingsForm
from lti_tool.worksheet.overview import overview_of
from lti_tool.worksheet.pages import OWNER, READERS, TEAM, pages, today, words_for
from lti_tool.worksheet.sheet import Words


@pages.page("/sharing", allow=OWNER)
def sharing_page(visit: Visit) -> ResponseReturnValue:
    """Show who reads which section, and who has opened one."""
    return render_template(
        "worksheet/sharing.html",
        words=words_for(visit),
        seen=overview_of(visit.session, visit.person_id, today(visit)),
    )


@pages.action("/sharing/<section>", allow=OWNER)
def share(visit: Visit, section: str) -> ResponseReturnValue:
    """Show a section to others, or to nobody any more."""
    worksheet = service.ensure_worksheet(visit.session, visit.person_id)
    sharing.share(visit.session, worksheet, section, request.form.get("audience", ""))
    say(_("Saved. It holds for everything that you hand in."))
    return redirect(url_for(".sharing_page", _anchor=f"section-{section}"), 303)


@pages.page("/shared", allow=READERS)
def shared(visit: Visit) -> ResponseReturnValue:
    """List the sections that others show to the visitor."""
    return render_template(
        "worksheet/shared.html",
        words=words_for(visit),
        sections=sharing.shared_with(visit.session, visit.person_id),
    )


@pages.action("/shared/<int:snapshot>/<section>", allow=READERS)
def open_shared(visit: Visit, snapshot: int, section: str) -> ResponseReturnValue:
    """Show a section of somebody else; a POST, because its owner is told of every opening."""
    opened = sharing.open_section(visit.session, visit.person_id, snapshot, section)
    reading = snapshots.read(visit.session, opened.snapshot)
    words = Words(reading.instrument, visit.locale)
    return render_template(
        "worksheet/read.html",
        opened=opened,
        reading=reading,
        words=words,
        names={key: words.alias(*alias) for key, alias in reading.aliases.items()},
    )


@pages.page("/export.json", allow=OWNER)
def export(visit: Visit) -> ResponseReturnValue:
    """Hand out everything that the participant entered, as one file."""
    answer = jsonify(snapshots.export(visit.session, visit.person_id))
    answer.headers["Content-Disposition"] = 'attachment; filename="worksheet.json"'
    return answer


# The course team


@pages.page("/course", allow=TEAM)
def team(visit: Visit) -> ResponseReturnValue:
    """Show who handed in which phase, and the sections shown to the team."""
    return render_template(
        "worksheet/team.html",
        words=words_for(visit),
        windows=phases.get_windows(visit.session),
        form=phases.get_form(visit.session),
        people=sharing.hand_ins(visit.session),
        sections=sharing.shared_with(visit.session, visit.person_id),
        today=today(visit),
    )


@pages.page("/settings", allow=[Who.LEAD])
def settings(visit: Visit) -> ResponseReturnValue:
    """Show form and dates, for changing them."""
    windows = phases.get_windows(visit.session)
    known: dict[str, object] = {"form": phases.get_form(visit.session)}
    for phase, window in windows.items():
        opens_on = None if window.opens_on == phases.FIRST_DAY else window.opens_on
        known |= {f"{phase}_opens": opens_on, f"{phase}_closes": window.closes_on}
    return render_template("worksheet/settings.html", form=SettingsForm(data=known))


@pages.action("/settings", allow=[Who.LEAD])
def save_settings(visit: Visit) -> ResponseReturnValue:
    """Choose the form and set the dates of the phases."""
    form = SettingsForm()
    if not form.validate():
        return render_template("worksheet/settings.html", form=form), 422
    phases.set_form(visit.session, form.form.data)
    for phase, window in form.windows().items():
        phases.set_window(visit.session, phase, window)
    say(_("Saved. Participants see the new dates at once."))
    return redirect(url_for(".team"), 303)
