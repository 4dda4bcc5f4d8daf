"""One's own profile, and the lead's import of profiles."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.courses import people, profile_import, words
from lti_tool.courses.cells import MOST_BYTES, MOST_ROWS, TableError
from lti_tool.courses.forms import ProfileForm
from lti_tool.courses.profiles import confirm_profile, profile_of, profiles, values_of
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.i18n import ngettext
from lti_tool.web.access import Pages, Visit, Who
from lti_tool.web.incoming import is_id
from lti_tool.web.notices import say

pages = Pages("profiles", __name__, prefix="/profiles")

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
        "No row with headers was found. One row must name the columns: e-mail or name, and at least one part of the profile, such as network or region."
    ),
}


@pages.page("/mine", allow=[Who.PARTICIPANT])
def own(visit: Visit) -> ResponseReturnValue:
    """Show the reader's own profile as a form."""
    profile = profile_of(visit.session, visit.person_id)
    return _own_page(visit, ProfileForm(data=values_of(profile)))


@pages.action("/mine", allow=[Who.PARTICIPANT])
def confirm(visit: Visit) -> ResponseReturnValue:
    """Store what the reader says of themselves."""
    form = ProfileForm()
    if not form.validate():
        return _own_page(visit, form), 422
    confirm_profile(visit.session, visit.person_id, form.values())
    say(_("Thank you, your profile is stored. You can change it at any time."))
    return redirect(url_for("people.directory"), 303)


def _own_page(visit: Visit, form: ProfileForm) -> str:
    return render_template(
        "courses/profile.html",
        form=form,
        profile=profile_of(visit.session, visit.person_id),
        team=people.holders(visit.session, *words.DUTIES),
        keepers=people.holders(visit.session, "lead", "assistant"),
    )


@pages.page("/import", allow=[Who.LEAD])
def imports(visit: Visit) -> ResponseReturnValue:
    """Show how to import profiles, and the last import."""
    return _imports_page(visit)


@pages.action("/import", allow=[Who.LEAD])
def upload(visit: Visit) -> ResponseReturnValue:
    """Take a file and lead to its preview, or say why it cannot be read."""
    file = request.files.get("table")
    if file is None or not file.filename:
        return _imports_page(visit, _("Choose a file first.")), 422
    content = file.stream.read(MOST_BYTES + 1)
    file.close()
    try:
        table = profile_import.read_file(content)
    except TableError as error:
        return _imports_page(visit, str(_REFUSALS[error.reason])), 422
    batch = profile_import.upload(
        visit.session, file.filename, table, by=visit.person_id
    )
    return redirect(url_for("profiles.preview", import_id=batch.id), 303)


def _imports_page(visit: Visit, problem: str | None = None) -> str:
    return render_template(
        "courses/imports.html",
        problem=problem,
        waiting=profile_import.waiting_upload(visit.session),
        last=profile_import.last_import(visit.session),
    )


@pages.page("/import/<int:import_id>", allow=[Who.LEAD])
def preview(visit: Visit, import_id: int) -> ResponseReturnValue:
    """Show what each row of an upload would change."""
    known = profiles(visit.session)
    return render_template(
        "courses/import_preview.html",
        import_id=import_id,
        rows=profile_import.preview(visit.session, import_id),
        people={p.person_id: p for p in people.participants(visit.session)},
        values={person_id: values_of(profile) for person_id, profile in known.items()},
        confirmed={i for i, profile in known.items() if profile.confirmed_at},
        words=words,
    )


@pages.action("/import/<int:import_id>", allow=[Who.LEAD])
def apply(visit: Visit, import_id: int) -> ResponseReturnValue:
    """Store what an upload says, with the lead's choices."""
    chosen = {
        int(name.removeprefix("row-")): int(value)
        for name, value in request.form.items()
        if name.startswith("row-") and is_id(name[4:]) and is_id(value)
    }
    count = profile_import.apply(visit.session, import_id, chosen)
    say(
        ngettext(
            "%(num)s profile was taken over. The person is asked to check it.",
            "%(num)s profiles were taken over. The people are asked to check them.",
            count,
        )
    )
    return redirect(url_for("profiles.imports"), 303)


@pages.action("/import/<int:import_id>/discard", allow=[Who.LEAD])
def discard(visit: Visit, import_id: int) -> ResponseReturnValue:
    """Drop an upload."""
    profile_import.discard(visit.session, import_id)
    say(_("The upload was dropped, nothing was changed."))
    return redirect(url_for("profiles.imports"), 303)


@pages.action("/import/<int:import_id>/undo", allow=[Who.LEAD])
def undo(visit: Visit, import_id: int) -> ResponseReturnValue:
    """Take the last import back."""
    undone = profile_import.undo(visit.session, import_id)
    say(
        ngettext(
            "%(num)s profile is as it was before.",
            "%(num)s profiles are as they were before.",
            undone.restored,
        )
    )
    if undone.kept:
        say(_("What people confirmed meanwhile stays: %(count)d.", count=undone.kept))
    return redirect(url_for("profiles.imports"), 303)
