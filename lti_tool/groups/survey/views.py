"""The pages of a survey: what leads set up and read, and the parts that participants fill in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.courses.words import FIELDS, value_words
from lti_tool.errors import InvalidError
from lti_tool.groups import dates
from lti_tool.groups import service as groups
from lti_tool.groups.models import Formation, Topic
from lti_tool.groups.pages import pages
from lti_tool.groups.survey import service, words
from lti_tool.groups.survey.forms import (
    AnswersForm,
    QuestionForm,
    SurveyForm,
    answers_form,
    question_form,
    survey_form,
)
from lti_tool.groups.survey.models import Question
from lti_tool.groups.survey.rules import Slot
from lti_tool.groups.survey.service import Answers
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Visit, Who
from lti_tool.web.notices import say

_LEAD = [Who.LEAD]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a person said, in words."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Own:
    """What a participant finds beside their form."""

    lines: tuple[Line, ...]
    """What is stored of their answers; empty for nothing."""
    profile: tuple[Line, ...]
    """What groups are formed by of their profile; an empty text where they said nothing."""
    week: words.Week
    zone: str
    zone_words: str


# What participants do


def own_form(
    visit: Visit, formation: Formation, topics: Sequence[Topic]
) -> AnswersForm:
    """Return a participant's form, filled with what they said so far."""
    session, person = visit.session, visit.person_id
    return _form(
        visit,
        formation,
        topics,
        wished=groups.wishes_of(session, formation, person),
        answers=service.answers_of(session, formation, person),
        has_answered=groups.has_answered(session, formation, person),
    )


def sent_form(
    visit: Visit, formation: Formation, topics: Sequence[Topic]
) -> AnswersForm:
    """Return the form as a participant sent it; what was not sent is empty."""
    return _form(
        visit, formation, topics, wished=(), answers=Answers(), has_answered=False
    )


def _form(
    visit: Visit, formation: Formation, topics: Sequence[Topic], **said: Any
) -> AnswersForm:
    return answers_form(
        formation,
        topics,
        questions=service.questions(visit.session, formation),
        people=courses.participants(visit.session),
        person_id=visit.person_id,
        **said,
    )


def own_answers(visit: Visit, formation: Formation, topics: Sequence[Topic]) -> Own:
    """Return what a participant said so far, and what of their profile is used."""
    session, person = visit.session, visit.person_id
    is_answered = groups.has_answered(session, formation, person)
    wished = groups.wishes_of(session, formation, person)
    answers = service.answers_of(session, formation, person)
    profile = courses.profile_of(session, person)
    asked = service.questions(session, formation)
    return Own(
        lines=_told(visit, formation, topics, wished, answers) if is_answered else (),
        profile=tuple(
            Line(
                str(FIELDS[question.profile_field]),
                value_words(
                    question.profile_field, getattr(profile, question.profile_field)
                )
                if profile
                else "",
            )
            for question in asked
            if question.profile_field
        ),
        week=words.week(service.slots_of(formation)),
        zone=visit.zone.key,
        zone_words=words.zone_words(visit.zone),
    )


def too_late(
    visit: Visit, formation: Formation, topics: Sequence[Topic], form: AnswersForm
) -> ResponseReturnValue:
    """Say that nothing is taken any more, and show what was sent and what is stored."""
    sent = _told(visit, formation, topics, form.wished(), form.answers())
    own = own_answers(visit, formation, topics)
    return (
        render_template(
            "groups/survey/late.html", formation=formation, sent=sent, stored=own.lines
        ),
        409,
    )


def _told(
    visit: Visit,
    formation: Formation,
    topics: Sequence[Topic],
    wished: Sequence[int],
    answers: Answers,
) -> tuple[Line, ...]:
    """Return answers in words, part by part; what is empty is left out."""
    titles = {topic.id: topic.title for topic in topics}
    names = courses.names(visit.session)
    ranked = [
        f"{place}. {titles.get(topic, '')}"
        for place, topic in enumerate(wished, start=1)
    ]
    found = [
        Line(_("Topics"), "\n".join(ranked) or _("any topic")),
        *(
            Line(q.title, q.choices[choice - 1])
            for q in service.questions(visit.session, formation)
            if 1 <= (choice := answers.choices.get(q.id, 0)) <= len(q.choices)
        ),
        Line(_("Times"), "\n".join(map(words.slot_words, answers.slots))),
        Line(_("With"), _named(names, answers.wanted)),
        Line(_("Not with"), _named(names, answers.unwanted)),
    ]
    return tuple(line for line in found if line.text)


def _named(names: dict[int, str], people: Sequence[int]) -> str:
    return ", ".join(names[person] for person in people if person in names)


# What leads set up


@pages.page("/<int:formation_id>/survey", allow=_LEAD)
def survey(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Show dates and questions of a survey."""
    formation = groups.get_formation(visit.session, formation_id)
    return _survey_page(visit, formation)


@pages.action("/<int:formation_id>/survey", allow=_LEAD)
def change_survey(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Store dates, and what is asked beside the topics."""
    session = visit.session
    formation = groups.get_formation(session, formation_id)
    groups.lock(session, formation)
    form = _survey_form(visit, formation)
    if not form.validate():
        return _survey_page(visit, formation, form=form)
    groups.set_dates(
        session, formation, form.moment(form.opens_at), form.moment(form.closes_at)
    )
    service.show_profile_fields(session, formation, form.profile.data or ())
    service.ask_times(session, formation, form.slots())
    formation.asks_company = form.asks_company.data
    say(_("The change is stored."))
    return redirect(url_for(".survey", formation_id=formation_id), 303)


@pages.action("/<int:formation_id>/survey/questions", allow=_LEAD)
def add_question(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Ask one thing more."""
    formation = groups.get_formation(visit.session, formation_id)
    form = QuestionForm()
    if not form.validate():
        return _survey_page(visit, formation, question=form)
    service.add_question(
        visit.session,
        formation,
        form.question_title.data or "",
        form.purpose.data or "",
        form.lines(),
    )
    say(_("The question is added."))
    return redirect(url_for(".survey", formation_id=formation_id), 303)


def _survey_form(visit: Visit, formation: Formation) -> SurveyForm:
    asked = service.questions(visit.session, formation)
    return survey_form(formation, asked, visit.zone)


def _survey_page(
    visit: Visit,
    formation: Formation,
    *,
    form: SurveyForm | None = None,
    question: QuestionForm | None = None,
) -> ResponseReturnValue:
    asked = service.questions(visit.session, formation)
    return (
        render_template(
            "groups/survey/survey.html",
            formation=formation,
            form=form or _survey_form(visit, formation),
            question_form=question or QuestionForm(formdata=None),
            questions=[q for q in asked if q.profile_field is None],
            zone=words.zone_words(visit.zone),
        ),
        422 if form or question else 200,
    )


@pages.page("/<int:formation_id>/survey/questions/<int:question_id>", allow=_LEAD)
def question(visit: Visit, formation_id: int, question_id: int) -> ResponseReturnValue:
    """Show the form that changes or removes a question."""
    formation, found = _question(visit, formation_id, question_id)
    return _question_page(formation, found, question_form(found))


@pages.action("/<int:formation_id>/survey/questions/<int:question_id>", allow=_LEAD)
def change_question(
    visit: Visit, formation_id: int, question_id: int
) -> ResponseReturnValue:
    """Change a question."""
    formation, found = _question(visit, formation_id, question_id)
    form = question_form(found)
    if form.validate():
        try:
            service.change_question(
                visit.session,
                found,
                form.question_title.data or "",
                form.purpose.data or "",
                form.lines(),
            )
        except InvalidError as refused:
            form.choices.errors = [refused.message]
    if form.errors:
        return _question_page(formation, found, form, 422)
    say(_("The change is stored."))
    return redirect(url_for(".survey", formation_id=formation_id), 303)


@pages.action(
    "/<int:formation_id>/survey/questions/<int:question_id>/remove", allow=_LEAD
)
def remove_question(
    visit: Visit, formation_id: int, question_id: int
) -> ResponseReturnValue:
    """Ask a question no more."""
    _formation, found = _question(visit, formation_id, question_id)
    service.remove_question(visit.session, found)
    say(_("The question and its answers are removed."))
    return redirect(url_for(".survey", formation_id=formation_id), 303)


def _question(
    visit: Visit, formation_id: int, question_id: int
) -> tuple[Formation, Question]:
    formation = groups.get_formation(visit.session, formation_id)
    return formation, service.get_question(visit.session, formation, question_id)


def _question_page(
    formation: Formation, question: Question, form: QuestionForm, status: int = 200
) -> ResponseReturnValue:
    return (
        render_template(
            "groups/survey/question.html",
            formation=formation,
            question=question,
            form=form,
        ),
        status,
    )


# What leads read


@pages.page("/<int:formation_id>/survey/answers", allow=_LEAD)
def answers(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Show who has answered what, and who has not."""
    session = visit.session
    formation = groups.get_formation(session, formation_id)
    topics = groups.topics(session, formation)
    silent = groups.silent_people(session, formation)
    quiet = {person.person_id for person in silent}
    said = service.all_answers(session, formation)
    ranked = groups.ranked_topics(session, formation.id)
    told = {
        person.person_id: _told(
            visit,
            formation,
            topics,
            [
                t
                for t in ranked.get(person.person_id, ())
                if t in {t.id for t in topics}
            ],
            said.get(person.person_id, Answers()),
        )
        for person in courses.participants(session)
        if person.person_id not in quiet
    }
    return render_template(
        "groups/survey/answers.html",
        formation=formation,
        people=[p for p in courses.participants(session) if p.person_id in told],
        told=told,
        silent=silent,
        free=_free(formation, said),
        week=words.week(service.slots_of(formation)),
        zone=words.zone_words(visit.zone),
        is_near=dates.is_near(formation.closes_at, clock.now()),
    )


def _free(formation: Formation, said: dict[int, Answers]) -> dict[Slot, int]:
    """Return how many people can meet at each slot."""
    return {
        slot: sum(slot in answers.slots for answers in said.values())
        for slot in service.slots_of(formation)
    }


@pages.action("/<int:formation_id>/survey/remind", allow=_LEAD)
def remind(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Ask those who have not answered, on their course home."""
    formation = groups.get_formation(visit.session, formation_id)
    groups.remind(visit.session, formation)
    say(_("Whoever has not answered now reads it first when they open the course."))
    return redirect(url_for(".answers", formation_id=formation_id), 303)
