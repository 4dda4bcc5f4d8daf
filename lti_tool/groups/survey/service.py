"""What is asked beside the topics, what people answered, and what that adds to a problem."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import delete, select

from lti_tool.courses import service as courses
from lti_tool.courses import words as profile_words
from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.groups import service as groups
from lti_tool.groups.models import Formation
from lti_tool.groups.problem import Bond, Problem
from lti_tool.groups.survey import rules
from lti_tool.groups.survey.models import (
    Answer,
    Availability,
    PersonWish,
    Question,
)
from lti_tool.groups.survey.rules import PROFILE_FIELDS, Company, Side, Slot
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session

_OF_QUESTION = ("profile_field", "title", "purpose", "choices")


@dataclass(frozen=True, slots=True)
class Attribute:
    """What people can differ in; its number in a problem is its place among all attributes."""

    key: str
    """A field of the profile, or ``question:<id>``; what stores an attribute stores this."""
    label: str
    values: tuple[tuple[int, str], ...]
    """Numbers and words. Numbers of regions may change with the people: store their words."""
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What one person said beside the topics."""

    choices: Mapping[int, int] = field(default_factory=dict)
    """The choice of each question by its id, 1 for the first; no preference is left out."""
    slots: tuple[Slot, ...] = ()
    wanted: tuple[int, ...] = ()
    unwanted: tuple[int, ...] = ()


# What a problem gets to know


def attributes(session: Session, formation: Formation) -> tuple[Attribute, ...]:
    """Return what people can be told apart by: the profile first, then the questions of leads."""
    asked = questions(session, formation)
    purposes = {q.profile_field: q.purpose for q in asked}
    own = [q for q in asked if q.profile_field is None]
    return (
        *(
            Attribute(
                name,
                str(profile_words.FIELDS[name]),
                tuple(
                    (number, profile_words.value_words(name, value))
                    for value, number in numbers.items()
                ),
                purposes.get(name, ""),
            )
            for name, numbers in _profile_numbers(session).items()
        ),
        *(
            Attribute(
                f"question:{q.id}",
                q.title,
                tuple(enumerate(q.choices, start=1)),
                q.purpose,
            )
            for q in own
        ),
    )


def apply(session: Session, formation: Formation, problem: Problem) -> Problem:
    """Return the problem with what people said of themselves, of times and of each other."""
    values = _values(session, formation)
    free = _availability(session, formation)
    places = {each: number for number, each in enumerate(slots_of(formation))}
    here = {person.id for person in problem.people}
    bonds = [
        (Side(wish.side), Bond(wish.person_id, wish.other_id, rules.COMPANY_COST))
        for wish in _wishes_for_people(session, formation)
        if {wish.person_id, wish.other_id} <= here and formation.asks_company
    ]
    people = tuple(
        replace(
            person,
            attributes=tuple(known.get(person.id) for known in values),
            available=frozenset(places[s] for s in free[person.id] if s in places)
            if person.id in free and places
            else None,
        )
        for person in problem.people
    )
    return replace(
        problem,
        people=people,
        together=(*problem.together, *(b for side, b in bonds if side is Side.WITH)),
        apart=(*problem.apart, *(b for side, b in bonds if side is Side.WITHOUT)),
    )


def _values(session: Session, formation: Formation) -> list[dict[int, int]]:
    """Return each person's value of each attribute, in the order of the attributes."""
    profiles = courses.profiles(session)
    found = [
        {
            person: numbers[value]
            for person, profile in profiles.items()
            if (value := _spelled(getattr(profile, name))) in numbers
        }
        for name, numbers in _profile_numbers(session).items()
    ]
    chosen = _choices(session, formation)
    own = [q for q in questions(session, formation) if q.profile_field is None]
    return [*found, *(chosen.get(question.id, {}) for question in own)]


def _profile_numbers(session: Session) -> dict[str, dict[str, int]]:
    """Return the number of each value of each field, in the order of the fields."""
    regions = {
        spelled
        for profile in courses.profiles(session).values()
        if (spelled := _spelled(profile.region))
    }
    return {
        name: {
            value: number
            for number, value in enumerate(
                sorted(regions, key=str.casefold)
                if name == "region"
                else [value for value, _word in profile_words.choices(name)],
                start=1,
            )
        }
        for name in PROFILE_FIELDS
    }


def _spelled(value: str | None) -> str:
    return " ".join((value or "").split())


def slots_of(formation: Formation) -> tuple[Slot, ...]:
    """Return the weekly slots that are asked for, in the order of the week."""
    return rules.slots(formation.slots or ())


def _choices(session: Session, formation: Formation) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    wanted = select(Answer).join(Question, Question.id == Answer.question_id)
    for answer in session.scalars(wanted.where(Question.formation_id == formation.id)):
        found.setdefault(answer.question_id, {})[answer.person_id] = answer.choice
    return found


def _availability(
    session: Session, formation: Formation
) -> dict[int, tuple[Slot, ...]]:
    wanted = select(Availability).where(Availability.formation_id == formation.id)
    return {row.person_id: rules.slots(row.slots) for row in session.scalars(wanted)}


def _wishes_for_people(session: Session, formation: Formation) -> list[PersonWish]:
    wanted = select(PersonWish).where(PersonWish.formation_id == formation.id)
    return list(session.scalars(wanted.order_by(PersonWish.id)))


# What is asked


def questions(session: Session, formation: Formation) -> list[Question]:
    """Return what is asked: what the profile says first, then a lead's own, the oldest first."""
    found = session.scalars(
        select(Question).where(Question.formation_id == formation.id)
    ).all()
    order = {name: number for number, name in enumerate(PROFILE_FIELDS)}
    last = len(PROFILE_FIELDS)
    return sorted(found, key=lambda q: (order.get(q.profile_field or "", last), q.id))


def get_question(session: Session, formation: Formation, question_id: int) -> Question:
    """Return a lead's own question of this formation or raise NotFoundError."""
    for question in questions(session, formation):
        if question.id == question_id and question.profile_field is None:
            return question
    raise NotFoundError


def show_profile_fields(
    session: Session, formation: Formation, fields: Iterable[str]
) -> None:
    """Let participants see of exactly these fields that groups are formed by them."""
    wanted = set(fields)
    for question in questions(session, formation):
        if question.profile_field is not None:
            if question.profile_field not in wanted:
                session.delete(question)
            wanted.discard(question.profile_field)
    session.add_all(
        Question(formation_id=formation.id, profile_field=name, choices=[])
        for name in PROFILE_FIELDS
        if name in wanted
    )
    session.flush()


def add_question(
    session: Session,
    formation: Formation,
    title: str,
    purpose: str,
    choices: Sequence[str],
) -> Question:
    """Ask participants one thing more."""
    own = [q for q in questions(session, formation) if q.profile_field is None]
    if len(own) >= rules.MOST_QUESTIONS:
        raise ConflictError(
            _("More than five questions of your own make a survey too long.")
        )
    question = Question(
        formation_id=formation.id, title=title, purpose=purpose, choices=list(choices)
    )
    session.add(question)
    session.flush()
    return question


def change_question(
    session: Session,
    question: Question,
    title: str,
    purpose: str,
    choices: Sequence[str],
) -> None:
    """Change a question; its choices can only be added to once somebody has answered."""
    if not _keeps_answers(session, question, choices):
        raise InvalidError(
            _("People have answered already: add choices at the end, or ask anew.")
        )
    question.title, question.purpose = title, purpose
    question.choices = list(choices)
    session.flush()


def _keeps_answers(
    session: Session, question: Question, choices: Sequence[str]
) -> bool:
    """Tell whether answers given so far mean the same with these choices."""
    before = question.choices
    answered = select(Answer.id).where(Answer.question_id == question.id).limit(1)
    return list(choices[: len(before)]) == before or session.scalar(answered) is None


def remove_question(session: Session, question: Question) -> None:
    """Ask it no more, and forget what was answered."""
    session.delete(question)
    session.flush()


def ask_times(session: Session, formation: Formation, wanted: Sequence[Slot]) -> None:
    """Ask for exactly these weekly slots; none asks for no times."""
    formation.slots = [slot.code for slot in wanted] or None
    session.flush()


def set_up_of(session: Session, formation: Formation) -> dict[str, Any]:
    """Return what is asked as plain JSON, without dates, people and answers."""
    return {
        "slots": formation.slots,
        "asks_company": formation.asks_company,
        "questions": [
            {name: getattr(question, name) for name in _OF_QUESTION}
            for question in questions(session, formation)
        ],
    }


def take_over(session: Session, formation: Formation, data: Mapping[str, Any]) -> None:
    """Ask in a new formation what another one asked."""
    formation.slots = data.get("slots")
    formation.asks_company = data.get("asks_company", False)
    session.add_all(
        Question(formation_id=formation.id, **asked)
        for asked in data.get("questions", ())
    )
    session.flush()


# What people answer


def answers_of(session: Session, formation: Formation, person_id: int) -> Answers:
    """Return what a person said beside the topics."""
    return all_answers(session, formation).get(person_id, Answers())


def all_answers(session: Session, formation: Formation) -> dict[int, Answers]:
    """Return what everybody said beside the topics, by person."""
    free = _availability(session, formation)
    wishes = _wishes_for_people(session, formation)
    choices: dict[int, dict[int, int]] = {}
    for question, chosen in _choices(session, formation).items():
        for person, choice in chosen.items():
            choices.setdefault(person, {})[question] = choice
    people = {*free, *choices, *(wish.person_id for wish in wishes)}
    return {
        person: Answers(
            choices.get(person, {}),
            free.get(person, ()),
            _named(wishes, person, Side.WITH),
            _named(wishes, person, Side.WITHOUT),
        )
        for person in people
    }


def _named(wishes: Iterable[PersonWish], person: int, side: Side) -> tuple[int, ...]:
    return tuple(w.other_id for w in wishes if w.person_id == person and w.side == side)


_COMPANY = {
    Company.ONESELF: lambda: _("You cannot wish for yourself. Choose somebody else."),
    Company.TWICE: lambda: _(
        "Name each person only once: either under “With” or under “Not with”."
    ),
    Company.TOO_MANY: lambda: _("Name at most three people on each side."),
    Company.UNKNOWN: lambda: _("Choose people who are in this course."),
}


def company_words(flaw: Company) -> str:
    """Return what is wrong with wishes for people, as a sentence."""
    return _COMPANY[flaw]()


def answer(
    session: Session,
    formation: Formation,
    person_id: int,
    wished: Sequence[int],
    answers: Answers,
    *,
    any_topic: bool = False,
) -> None:
    """Store all that a participant said, in place of what they said before."""
    groups.rank_topics(session, formation, person_id, wished, any_topic=any_topic)
    store_answers(session, formation, person_id, answers)


def store_answers(
    session: Session, formation: Formation, person_id: int, answers: Answers
) -> None:
    """Store what a participant said beside the topics, in place of what they said before."""
    present = {member.person_id for member in courses.participants(session)}
    flaw = rules.company_flaw(person_id, answers.wanted, answers.unwanted, present)
    if flaw is not None:
        raise InvalidError(company_words(flaw))
    _forget(session, formation, person_id)
    here = {"formation_id": formation.id, "person_id": person_id}
    session.add_all(
        Answer(question_id=question.id, person_id=person_id, choice=choice)
        for question in questions(session, formation)
        if 1 <= (choice := answers.choices.get(question.id, 0)) <= len(question.choices)
    )
    offered = set(slots_of(formation))
    codes = [slot.code for slot in answers.slots if slot in offered]
    if codes:
        session.add(Availability(**here, slots=codes))
    if formation.asks_company:
        for side, named in (
            (Side.WITH, answers.wanted),
            (Side.WITHOUT, answers.unwanted),
        ):
            session.add_all(PersonWish(**here, other_id=o, side=side) for o in named)
    session.flush()


def _forget(session: Session, formation: Formation, person_id: int) -> None:
    asked = [question.id for question in questions(session, formation)]
    session.execute(
        delete(Answer).where(
            Answer.person_id == person_id, Answer.question_id.in_(asked)
        )
    )
    for table in (Availability, PersonWish):
        session.execute(
            delete(table).where(
                table.formation_id == formation.id, table.person_id == person_id
            )
        )
    session.flush()
