"""The pages on which participants choose their groups, and leads look after that."""

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.courses import service as courses
from lti_tool.errors import InvalidError
from lti_tool.groups import posing, rules, service
from lti_tool.groups.choosing import cards, leading, looking
from lti_tool.groups.choosing import service as choosing
from lti_tool.groups.choosing.forms import (
    BeginForm,
    ChoiceForm,
    CodeForm,
    FoundForm,
    NewChoiceForm,
    PutForm,
    TopicOfGroupForm,
)
from lti_tool.groups.choosing.looking import ShownGroup
from lti_tool.groups.choosing.rules import shown_code
from lti_tool.groups.choosing.words import shortage_sentence
from lti_tool.groups.models import Formation
from lti_tool.groups.pages import pages
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Visit, Who
from lti_tool.web.notices import say

_LEAD = [Who.LEAD]
_PARTICIPANT = [Who.PARTICIPANT]


# What participants do


@pages.page("/<int:formation_id>/choice", allow=_PARTICIPANT)
def choice(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Show a participant the groups that can be chosen."""
    return _own_page(visit, service.get_formation(visit.session, formation_id))


def _own_page(
    visit: Visit,
    formation: Formation,
    code: CodeForm | None = None,
    founding: FoundForm | None = None,
) -> ResponseReturnValue:
    seen = looking.look(visit.session, formation)
    topics = looking.open_topics(visit.session, formation)
    return (
        render_template(
            "groups/choosing_own.html",
            formation=formation,
            seen=seen,
            own=seen.own(visit.person_id),
            awaited=seen.awaited(visit.person_id),
            news=looking.news_of(visit.session, formation, visit.person_id),
            person_id=visit.person_id,
            code_form=code or CodeForm(formdata=None),
            found_form=founding or _found_form(formation, topics),
            may_found=bool(topics) or formation.may_propose,
            shown_code=shown_code,
            news_text=cards.news_text,
        ),
        422 if code or founding else 200,
    )


def _found_form(formation: Formation, topics: list[Any]) -> FoundForm:
    return FoundForm.among(topics, may_propose=formation.may_propose)


@pages.action("/<int:formation_id>/choice/join/<int:group_id>", allow=_PARTICIPANT)
def join_group(visit: Visit, formation_id: int, group_id: int) -> ResponseReturnValue:
    """Take a place in a group, or one on its waiting list."""
    formation = service.get_formation(visit.session, formation_id)
    group = choosing.join(visit.session, formation, group_id, visit.person_id)
    return _arrived(visit, formation, group)


@pages.action("/<int:formation_id>/choice/code", allow=_PARTICIPANT)
def enter_group_code(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Come into a group by its code."""
    formation = service.get_formation(visit.session, formation_id)
    form = CodeForm()
    if not form.validate():
        return _own_page(visit, formation, code=form)
    group = choosing.enter_code(
        visit.session, formation, form.code.data or "", visit.person_id
    )
    if group is None:
        form.code.errors = [
            _(
                "No group has this code. Compare it sign by sign; it may have been changed."
            )
        ]
        return _own_page(visit, formation, code=form)
    return _arrived(visit, formation, group)


@pages.action("/<int:formation_id>/choice/found", allow=_PARTICIPANT)
def found_group(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Found a group."""
    formation = service.get_formation(visit.session, formation_id)
    topics = looking.open_topics(visit.session, formation)
    form = _found_form(formation, topics)
    if not form.validate():
        return _own_page(visit, formation, founding=form)
    choosing.found(
        visit.session, formation, form.topic_id(), form.own_title(), visit.person_id
    )
    say(_("Your group is founded. Give its code to those who shall come in."))
    return redirect(url_for(".choice", formation_id=formation_id), 303)


def _arrived(
    visit: Visit, formation: Formation, group: ShownGroup
) -> ResponseReturnValue:
    if any(m.person_id == visit.person_id for m in group.members):
        say(_("You are in group %(number)s now.", number=group.number))
    else:
        say(
            _(
                "Group %(number)s is full. You are on its waiting list, at place %(place)s.",
                number=group.number,
                place=group.place_in_line(visit.person_id),
            )
        )
    return redirect(url_for(".choice", formation_id=formation.id), 303)


@pages.action("/<int:formation_id>/choice/leave", allow=_PARTICIPANT)
def leave_group(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Give up one's place."""
    formation = service.get_formation(visit.session, formation_id)
    choosing.leave(visit.session, formation, visit.person_id)
    say(_("You have left the group. Choose another one."))
    return redirect(url_for(".choice", formation_id=formation_id), 303)


@pages.action("/<int:formation_id>/choice/stop-waiting", allow=_PARTICIPANT)
def stop_waiting(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Leave a waiting list."""
    formation = service.get_formation(visit.session, formation_id)
    choosing.stop_waiting(visit.session, formation, visit.person_id)
    say(_("You no longer wait for a place."))
    return redirect(url_for(".choice", formation_id=formation_id), 303)


@pages.action("/<int:formation_id>/choice/new-code", allow=_PARTICIPANT)
def change_own_code(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Give one's own founded group another code."""
    formation = service.get_formation(visit.session, formation_id)
    choosing.change_own_code(visit.session, formation, visit.person_id)
    say(_("The group has another code now; the old one no longer works."))
    return redirect(url_for(".choice", formation_id=formation_id), 303)


@pages.action("/<int:formation_id>/choice/read", allow=_PARTICIPANT)
def note_choice_news(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Note that one has read what happened to one's place."""
    formation = service.get_formation(visit.session, formation_id)
    choosing.note_news(visit.session, formation, visit.person_id)
    return redirect(url_for(".choice", formation_id=formation_id), 303)


# What leads do


@pages.page("/new/choice", allow=_LEAD)
def new_choice(visit: Visit) -> ResponseReturnValue:
    """Show the form of a formation in which participants choose."""
    form = _new_form(visit)
    form.title.data = _("Project groups")
    form.places.data = _usual_places(visit, None)
    return _new_page(form)


@pages.action("/new/choice", allow=_LEAD)
def create_choice(visit: Visit) -> ResponseReturnValue:
    """Open a formation in which participants choose."""
    form = _new_form(visit)
    if not form.validate():
        return _new_page(form, 422)
    plan = service.Plan(
        title=form.title.data or "",
        note=form.note.data or "",
        groups_wanted=max(len(form.lines()), 1),
    )
    formation = service.open_formation(visit.session, plan, by=visit.person_id)
    service.add_topics(visit.session, formation, form.lines(), by=visit.person_id)
    return _begun(visit, formation, form)


def _new_form(visit: Visit) -> NewChoiceForm:
    people = len(courses.participants(visit.session))
    return NewChoiceForm(visit.zone, people=people)


def _begin_form(visit: Visit, formation: Formation) -> BeginForm:
    return BeginForm(
        visit.zone,
        people=len(courses.participants(visit.session)),
        groups=sum(t.groups_max for t in service.topics(visit.session, formation)),
        may_propose=formation.may_propose,
    )


def _new_page(form: NewChoiceForm, status: int = 200) -> ResponseReturnValue:
    return render_template("groups/choosing_new.html", form=form), status


@pages.page("/<int:formation_id>/choices", allow=_LEAD)
def choices(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Show a lead who is where; or how to let participants choose."""
    return _lead_page(visit, service.get_formation(visit.session, formation_id))


def _lead_page(
    visit: Visit,
    formation: Formation,
    form: ChoiceForm | None = None,
    *,
    refused: bool = False,
) -> ResponseReturnValue:
    status = 409 if refused else 422 if form else 200
    if looking.choice_of(visit.session, formation) is None:
        if form is None:
            form = _begin_form(visit, formation)
            form.places.data = _usual_places(visit, formation)
        return (
            render_template(
                "groups/choosing_begin.html",
                formation=formation,
                form=form,
                sentence=shortage_sentence,
            ),
            status,
        )
    seen = looking.look(visit.session, formation)
    topics = looking.open_topics(visit.session, formation)
    return (
        render_template(
            "groups/choosing_lead.html",
            formation=formation,
            seen=seen,
            refused=refused,
            form=form or ChoiceForm(visit.zone, seen.choice),
            adding=TopicOfGroupForm.among(topics) if topics else None,
            people=len(courses.participants(visit.session)),
            shown_code=shown_code,
            too_close=leading.too_close(visit.session, formation),
            names=courses.names(visit.session),
        ),
        status,
    )


def _usual_places(visit: Visit, formation: Formation | None) -> int:
    if formation is not None:
        return posing.problem_of(visit.session, formation).sizes.largest
    people = len(courses.participants(visit.session))
    return rules.usual_sizes(people, rules.usual_groups(people)).largest


@pages.action("/<int:formation_id>/choices", allow=_LEAD)
def change_choices(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Let participants choose, or change how they do."""
    formation = service.get_formation(visit.session, formation_id)
    if looking.choice_of(visit.session, formation) is None:
        begin = _begin_form(visit, formation)
        if not begin.validate():
            return _lead_page(visit, formation, begin)
        return _begun(visit, formation, begin)
    form = ChoiceForm(visit.zone)
    if not form.validate():
        return _lead_page(visit, formation, form)
    leading.change(visit.session, formation, form.settings())
    say(_("The change is stored."))
    return _to_choices(formation_id)


def _begun(visit: Visit, formation: Formation, form: BeginForm) -> ResponseReturnValue:
    leading.begin(
        visit.session,
        formation,
        form.settings(),
        open_groups=bool(form.open_groups.data),
    )
    say(_("Participants can choose their groups now."))
    return _to_choices(formation.id)


@pages.action("/<int:formation_id>/choices/put", allow=_LEAD)
def put_into_group(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Put a participant into a group or out of all."""
    formation = service.get_formation(visit.session, formation_id)
    form = PutForm()
    if not form.validate():
        raise InvalidError(_("Choose a group of this list."))
    person_id = form.person.data or 0
    leading.put(visit.session, formation, person_id, form.group.data or None)
    name = courses.names(visit.session)[person_id]
    say(_("%(name)s is moved.", name=name))
    return _to_choices(formation_id)


@pages.action("/<int:formation_id>/choices/groups", allow=_LEAD)
def add_chosen_group(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Add an open group on a topic."""
    formation = service.get_formation(visit.session, formation_id)
    topics = looking.open_topics(visit.session, formation)
    form = TopicOfGroupForm.among(topics)
    looking.get_choice(visit.session, formation)
    if not form.validate():
        raise InvalidError(_("Choose a topic of the list."))
    leading.add_group(visit.session, formation, form.topic.data)
    say(_("The group is added."))
    return _to_choices(formation_id)


@pages.action("/<int:formation_id>/choices/groups/<int:group_id>/remove", allow=_LEAD)
def remove_chosen_group(
    visit: Visit, formation_id: int, group_id: int
) -> ResponseReturnValue:
    """Remove a group."""
    formation = service.get_formation(visit.session, formation_id)
    leading.remove_group(visit.session, formation, group_id)
    say(_("The group is removed. Who was in it is told to choose again."))
    return _to_choices(formation_id)


@pages.action("/<int:formation_id>/choices/groups/<int:group_id>/code", allow=_LEAD)
def change_group_code(
    visit: Visit, formation_id: int, group_id: int
) -> ResponseReturnValue:
    """Give a founded group another code."""
    formation = service.get_formation(visit.session, formation_id)
    leading.change_code(visit.session, formation, group_id)
    say(_("The group has another code now; the old one no longer works."))
    return _to_choices(formation_id)


@pages.action("/<int:formation_id>/choices/close", allow=_LEAD)
def close_choices(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """End the choosing."""
    formation = service.get_formation(visit.session, formation_id)
    leading.close(visit.session, formation)
    say(_("The choice is closed. Everybody stays where they are."))
    return _to_choices(formation_id)


@pages.action("/<int:formation_id>/choices/open", allow=_LEAD)
def reopen_choices(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Let participants choose again."""
    formation = service.get_formation(visit.session, formation_id)
    leading.reopen(visit.session, formation)
    say(_("Participants can choose again."))
    return _to_choices(formation_id)


@pages.action("/<int:formation_id>/choices/fill", allow=_LEAD)
def fill_rest(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Close the choosing and have those without a group placed."""
    formation = service.get_formation(visit.session, formation_id)
    if looking.look(visit.session, formation).shortage:
        return _lead_page(visit, formation, refused=True)
    proposal = leading.fill_rest(visit.session, formation, by=visit.person_id)
    say(_("Everybody who chose stays where they are."))
    return redirect(
        url_for(".proposal", formation_id=formation_id, proposal_id=proposal.id), 303
    )


def _to_choices(formation_id: int) -> ResponseReturnValue:
    return redirect(url_for(".choices", formation_id=formation_id), 303)
