"""The pages on which leads form groups and participants propose, rank and find theirs."""

from collections import Counter
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError, InvalidError
from lti_tool.groups import posing, rules, service, setup, words
from lti_tool.groups.changes import service as changing
from lti_tool.groups.choosing import cards, looking
from lti_tool.groups.forms import (
    FormationForm,
    IdeaForm,
    TopicChoiceForm,
    TopicForm,
    TopicsForm,
)
from lti_tool.groups.models import Formation, Topic
from lti_tool.groups.pages import pages
from lti_tool.groups.problem import Problem, standing_wishes
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.arrangement import changed_by_hand
from lti_tool.groups.proposals.forms import AskForm
from lti_tool.groups.publishing import members
from lti_tool.groups.publishing import service as publishing
from lti_tool.groups.publishing import words as publishing_words
from lti_tool.groups.room import service as rooms
from lti_tool.groups.survey import service as surveys
from lti_tool.groups.survey import views as surveying
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.web.access import TEAM, Visit, Who
from lti_tool.web.notices import say

_LEAD = [Who.LEAD]
_PARTICIPANT = [Who.PARTICIPANT]


@pages.page("/", allow=[*TEAM, Who.PARTICIPANT])
def overview(visit: Visit) -> ResponseReturnValue:
    """Show leads the newest formation, participants what concerns them, others what is published."""
    if visit.is_participant:
        return _room_or_page(visit)
    if not visit.is_lead:
        return render_template("groups/published.html", groups=_published(visit))
    # What is put away is shown rather than nothing, so that it can be brought back.
    found = service.standing_formations(visit.session) or service.formations(
        visit.session
    )
    if not found:
        people = len(courses.participants(visit.session))
        return render_template("groups/empty.html", people=people)
    return _formation_page(visit, found[0])


# What participants do


def _room_or_page(visit: Visit) -> ResponseReturnValue:
    """Lead into the room where all meet now, but not whoever has a group, came from there or looks on."""
    waiting = rooms.waiting(visit.session)
    stays = (
        request.args.get("stay")
        or visit.is_preview
        or courses.group_of(visit.session, visit.person_id)
    )
    if waiting and not stays:
        return redirect(url_for(".room", formation_id=waiting.id), 303)
    return _participant_page(visit)


def _participant_page(
    visit: Visit, forms: dict[int, Any] | None = None, status: int = 200
) -> ResponseReturnValue:
    """Show a participant's own group and the formations that wait for them."""
    forms = forms or {}
    return (
        render_template(
            "groups/participant.html",
            groups=members.own_groups(visit.session, visit.person_id),
            notice=members.notice(visit.session, visit.person_id),
            slot_word=publishing_words.slot_word,
            rounds=[_round(visit, f, forms.get(f.id)) for f in _open_rounds(visit)],
            choices=looking.own_looks(visit.session, visit.person_id),
            rooms=rooms.open_rooms(visit.session),
            news_text=cards.news_text,
            wish_word=words.wish_word,
        ),
        status,
    )


def _open_rounds(visit: Visit) -> list[Formation]:
    """Return the formations under way, without those that are chosen or in which nobody was asked."""
    return [
        formation
        for formation in publishing.under_way(visit.session)
        if looking.choice_of(visit.session, formation) is None
        and (
            formation.stage != "closed" or service.has_answers(visit.session, formation)
        )
    ]


def _round(visit: Visit, formation: Formation, form: Any) -> dict[str, Any]:
    topics = service.topics(visit.session, formation)
    if form is None and formation.stage == "wishes" and topics:
        form = surveying.own_form(visit, formation, topics)
    elif form is None and formation.stage == "topics" and formation.may_propose:
        form = IdeaForm(formdata=None)
    return {
        "formation": formation,
        "topics": topics,
        "form": form,
        "own": surveying.own_answers(visit, formation, topics),
    }


@pages.action("/<int:formation_id>/ideas", allow=_PARTICIPANT)
def propose(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Take a participant's topic."""
    formation = service.get_formation(visit.session, formation_id)
    form = IdeaForm()
    # Where topics are no longer collected there is no form to show again; the service says why.
    if formation.stage == "topics" and not form.validate():
        return _participant_page(visit, {formation.id: form}, 422)
    service.propose_topic(
        visit.session,
        formation,
        form.title.data or "",
        form.text.data or "",
        by=visit.person_id,
    )
    say(_("Your topic is on the list."))
    return redirect(url_for(".overview", stay=1), 303)


@pages.action("/<int:formation_id>/wishes", allow=_PARTICIPANT)
def rank(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Take what a participant answered, all of it at once."""
    formation = service.get_formation(visit.session, formation_id)
    service.lock(visit.session, formation)
    topics = service.topics(visit.session, formation)
    form = surveying.sent_form(visit, formation, topics)
    if formation.stage != "wishes" or not topics:
        return surveying.too_late(visit, formation, topics, form)
    if not form.validate():
        return _participant_page(visit, {formation.id: form}, 422)
    surveys.answer(
        visit.session,
        formation,
        visit.person_id,
        form.wished(),
        form.answers(),
        any_topic=form.any_topic.data,
    )
    return redirect(url_for(".overview", stay=1), 303)


# What leads do with a formation


@pages.page("/new", allow=_LEAD)
def new(visit: Visit) -> ResponseReturnValue:
    """Show the form that opens a formation."""
    people = len(courses.participants(visit.session))
    usual = {
        "title": _("Project groups"),
        "groups_wanted": rules.usual_groups(people),
    }
    form = FormationForm(data=setup.draft(visit.session) or usual)
    return _settings_page(visit, form, None)


@pages.action("/new", allow=_LEAD)
def create(visit: Visit) -> ResponseReturnValue:
    """Open a formation."""
    form = FormationForm()
    if not form.validate():
        return _settings_page(visit, form, None, 422)
    formation = service.open_formation(visit.session, form.plan(), by=visit.person_id)
    chosen = request.form.getlist("topic", type=int)
    setup.offer_topics(visit.session, formation, chosen, by=visit.person_id)
    say(_("The formation is open. Collect topics now."))
    return redirect(url_for(".formation", formation_id=formation.id), 303)


@pages.action("/room", allow=_LEAD)
def start_room(visit: Visit) -> ResponseReturnValue:
    """Open a formation in the room: what is usual, and what an earlier course left."""
    drafted = setup.draft(visit.session)
    plan = service.Plan(_("Project groups"), note=drafted.get("note", ""))
    formation = service.open_formation(visit.session, plan, by=visit.person_id)
    offered = range(len(drafted.get("topics", ())))
    setup.offer_topics(visit.session, formation, offered, by=visit.person_id)
    rooms.start(visit.session, formation)
    return redirect(url_for(".room", formation_id=formation.id), 303)


@pages.page("/<int:formation_id>", allow=_LEAD)
def formation(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Show a formation: topics, answers, proposals, publication."""
    return _formation_page(visit, service.get_formation(visit.session, formation_id))


def _formation_page(
    visit: Visit, formation: Formation, form: TopicsForm | None = None
) -> ResponseReturnValue:
    session = visit.session
    problem = posing.problem_of(session, formation)
    standing = proposals.proposals(session, formation)
    return (
        render_template(
            "groups/formation.html",
            formation=formation,
            problem=problem,
            topics=service.topics(session, formation),
            removed=rooms.put_away(session, formation),
            favourites=_favourites(problem),
            silent=service.silent_people(session, formation),
            findings=rules.check(problem),
            sentence=words.sentence,
            proposals=standing,
            changed=changed_by_hand(session, standing),
            in_force=publishing.in_force(session, formation),
            chosen=looking.find_look(session, formation),
            publications=publishing.publications(session, formation),
            situation=changing.situation(session, formation),
            others=[f for f in service.formations(session) if f.id != formation.id],
            room_is_open=rooms.is_open(rooms.find_room(session, formation)),
            names=courses.names(session),
            form=form or TopicsForm(formdata=None),
            ask_form=AskForm(formdata=None),
        ),
        422 if form else 200,
    )


def _favourites(problem: Problem) -> Counter[int]:
    """Return of how many people each topic is the favourite."""
    wishes = (
        standing_wishes(person, problem.topics, rules.MOST_WISHES)
        for person in problem.people
    )
    return Counter(wished[0] for wished in wishes if wished)


@pages.page("/<int:formation_id>/settings", allow=_LEAD)
def settings(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Show the form that changes a formation."""
    formation = service.get_formation(visit.session, formation_id)
    return _settings_page(visit, FormationForm(obj=formation), formation)


@pages.action("/<int:formation_id>/settings", allow=_LEAD)
def change(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Change a formation."""
    formation = service.get_formation(visit.session, formation_id)
    form = FormationForm()
    if not form.validate():
        return _settings_page(visit, form, formation, 422)
    service.change_formation(visit.session, formation, form.plan())
    say(_("The change is stored."))
    return redirect(url_for(".formation", formation_id=formation_id), 303)


def _settings_page(
    visit: Visit, form: FormationForm, formation: Formation | None, status: int = 200
) -> ResponseReturnValue:
    people = len(courses.participants(visit.session))
    usual = rules.usual_sizes(people, form.groups_wanted.data or rules.USUAL_GROUPS)
    return (
        render_template(
            "groups/settings.html",
            form=form,
            formation=formation,
            drafted=[] if formation else setup.draft(visit.session).get("topics", []),
            people=people,
            usual=usual,
        ),
        status,
    )


@pages.action("/<int:formation_id>/stage", allow=_LEAD)
def stage(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Go on to the next stage, or back."""
    formation = service.get_formation(visit.session, formation_id)
    wanted = request.form.get("stage", "")
    service.set_stage(visit.session, formation, wanted)
    said = {
        "topics": _("Topics can be collected again."),
        "wishes": _("Participants can rank the topics now."),
        "closed": _("The wishes are closed."),
    }
    say(said[wanted])
    return redirect(url_for(".formation", formation_id=formation_id), 303)


@pages.action("/<int:formation_id>/away", allow=_LEAD)
def put_round_away(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Let participants read nothing more of a formation."""
    formation = service.get_formation(visit.session, formation_id)
    if publishing.in_force(visit.session, formation):
        raise ConflictError(
            _("These groups are in force. Take the publication back first.")
        )
    service.put_formation_away(formation)
    say(_("The round is put away. Nothing is lost: you can bring it back."))
    return redirect(url_for(".formation", formation_id=formation_id), 303)


@pages.action("/<int:formation_id>/away/undo", allow=_LEAD)
def bring_round_back(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Go on with a formation that was put away."""
    formation = service.get_formation(visit.session, formation_id)
    service.bring_formation_back(formation)
    say(_("The round is back; participants read of it again."))
    return redirect(url_for(".formation", formation_id=formation_id), 303)


# What leads do with topics


@pages.action("/<int:formation_id>/topics", allow=_LEAD)
def add_topics(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Offer topics, one a line."""
    formation = service.get_formation(visit.session, formation_id)
    form = TopicsForm()
    if not form.validate():
        return _formation_page(visit, formation, form)
    added = service.add_topics(
        visit.session, formation, form.lines(), by=visit.person_id
    )
    say(
        ngettext("%(num)s topic was added.", "%(num)s topics were added.", len(added))
        if added
        else _("Nothing was added: these topics are on the list already.")
    )
    return redirect(url_for(".formation", formation_id=formation_id), 303)


@pages.page("/<int:formation_id>/topics/<int:topic_id>", allow=_LEAD)
def topic(visit: Visit, formation_id: int, topic_id: int) -> ResponseReturnValue:
    """Show the form that changes, merges or removes a topic."""
    formation, topic = _topic(visit, formation_id, topic_id)
    return _topic_page(visit, formation, topic, TopicForm(obj=topic))


@pages.action("/<int:formation_id>/topics/<int:topic_id>", allow=_LEAD)
def change_topic(visit: Visit, formation_id: int, topic_id: int) -> ResponseReturnValue:
    """Change a topic."""
    formation, topic = _topic(visit, formation_id, topic_id)
    form = TopicForm()
    if not form.validate():
        return _topic_page(visit, formation, topic, form, 422)
    service.change_topic(
        visit.session,
        topic,
        form.title.data or "",
        form.text.data or "",
        form.groups_max.data or 1,
    )
    say(_("The topic is changed."))
    return redirect(url_for(".formation", formation_id=formation_id), 303)


@pages.action("/<int:formation_id>/topics/<int:topic_id>/merge", allow=_LEAD)
def merge_topic(visit: Visit, formation_id: int, topic_id: int) -> ResponseReturnValue:
    """Make one topic of two."""
    formation, topic = _topic(visit, formation_id, topic_id)
    form = TopicChoiceForm.among(_other_topics(visit, formation, topic))
    if not form.validate():
        raise InvalidError(_("Choose another topic that is offered."))
    into = service.get_topic(visit.session, formation, form.into.data)
    service.merge_topics(visit.session, topic, into)
    say(_("The topics are merged; wishes for either now count for both."))
    return redirect(url_for(".formation", formation_id=formation_id), 303)


@pages.action("/<int:formation_id>/topics/<int:topic_id>/remove", allow=_LEAD)
def remove_topic(visit: Visit, formation_id: int, topic_id: int) -> ResponseReturnValue:
    """Stop offering a topic."""
    _formation, topic = _topic(visit, formation_id, topic_id)
    service.remove_topic(visit.session, topic)
    say(_("The topic is no longer offered. You can bring it back."))
    return redirect(url_for(".formation", formation_id=formation_id), 303)


@pages.action("/<int:formation_id>/topics/<int:topic_id>/restore", allow=_LEAD)
def restore_topic(
    visit: Visit, formation_id: int, topic_id: int
) -> ResponseReturnValue:
    """Offer a topic again that was removed or merged."""
    formation = service.get_formation(visit.session, formation_id)
    rooms.bring_back(visit.session, formation, topic_id)
    say(_("The topic is offered again."))
    return redirect(url_for(".formation", formation_id=formation_id), 303)


def _topic(visit: Visit, formation_id: int, topic_id: int) -> tuple[Formation, Topic]:
    formation = service.get_formation(visit.session, formation_id)
    return formation, service.get_topic(visit.session, formation, topic_id)


def _other_topics(visit: Visit, formation: Formation, topic: Topic) -> list[Topic]:
    return [t for t in service.topics(visit.session, formation) if t.id != topic.id]


def _topic_page(
    visit: Visit, formation: Formation, topic: Topic, form: TopicForm, status: int = 200
) -> ResponseReturnValue:
    others = _other_topics(visit, formation, topic)
    return (
        render_template(
            "groups/topic.html",
            formation=formation,
            topic=topic,
            form=form,
            merging=TopicChoiceForm.among(others) if others else None,
        ),
        status,
    )


# What other staff see


def _published(visit: Visit) -> list[tuple[courses.CourseGroup, list[str]]]:
    names = courses.names(visit.session)
    return [
        (group, [names[p] for p in group.member_ids])
        for group in courses.groups(visit.session)
    ]
