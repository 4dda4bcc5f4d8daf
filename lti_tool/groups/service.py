"""Formations with their topics and wishes."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.groups import rules
from lti_tool.groups.models import STAGES, Formation, Response, Topic, Wish
from lti_tool.groups.problem import Sizes
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session

MOST_OWN_TOPICS = 5
"""So many topics of one participant are offered at a time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a lead says when opening or changing a formation; without sizes they follow from the people."""

    title: str
    note: str = ""
    may_propose: bool = True
    groups_wanted: int = rules.USUAL_GROUPS
    sizes: Sizes | None = None


def source(formation_id: int) -> str:
    """Return the name under which the course knows the groups of a formation."""
    return f"formation:{formation_id}"


def lock(session: Session, formation: Formation) -> None:
    """Let nobody else change this formation before the transaction ends."""
    session.refresh(formation, with_for_update=True)


def formations(session: Session) -> list[Formation]:
    """Return all formations of the course, the newest first."""
    return list(session.scalars(select(Formation).order_by(Formation.id.desc())))


def standing_formations(session: Session) -> list[Formation]:
    """Return the formations that are not put away, the newest first."""
    return [found for found in formations(session) if found.put_away_at is None]


def put_formation_away(formation: Formation) -> None:
    """Let participants read nothing more of a formation."""
    formation.put_away_at = clock.now()


def bring_formation_back(formation: Formation) -> None:
    """Go on with a formation that was put away."""
    formation.put_away_at = None


def get_formation(session: Session, formation_id: int) -> Formation:
    """Return a formation of this course or raise NotFoundError."""
    found = session.scalar(select(Formation).where(Formation.id == formation_id))
    if found is None:
        raise NotFoundError
    return found


def open_formation(session: Session, plan: Plan, *, by: int) -> Formation:
    """Open a formation in which topics can be collected."""
    formation = Formation(stage="topics", opened_by=by)
    _apply(formation, plan)
    session.add(formation)
    session.flush()
    return formation


def change_formation(session: Session, formation: Formation, plan: Plan) -> None:
    """Change what a lead said when opening it."""
    _apply(formation, plan)
    session.flush()


def _apply(formation: Formation, plan: Plan) -> None:
    formation.title, formation.note = plan.title, plan.note
    formation.may_propose, formation.groups_wanted = (
        plan.may_propose,
        plan.groups_wanted,
    )
    sizes = plan.sizes
    formation.size_min = sizes.smallest if sizes else None
    formation.size_preferred = sizes.preferred if sizes else None
    formation.size_max = sizes.largest if sizes else None


def set_stage(session: Session, formation: Formation, stage: str) -> None:
    """Go on to a stage, or back to it."""
    if stage not in STAGES:
        raise InvalidError
    if stage != "topics" and not topics(session, formation):
        raise ConflictError(_("There is no topic yet. Add topics first, then go on."))
    formation.stage = stage
    session.flush()


def set_dates(
    session: Session,
    formation: Formation,
    opens_at: datetime | None,
    closes_at: datetime | None,
) -> None:
    """Let the ranking open and close by itself; None leaves that to a lead."""
    if opens_at is not None and closes_at is not None and closes_at <= opens_at:
        raise InvalidError(_("It must close after it opens."))
    formation.opens_at, formation.closes_at = opens_at, closes_at
    session.flush()


def remind(session: Session, formation: Formation) -> None:
    """Ask those who have not answered, on their course home."""
    if formation.stage != "wishes":
        raise ConflictError(
            _("Nobody can answer at the moment. Open the wishes first.")
        )
    formation.reminded_at = clock.now()
    session.flush()


# Topics


def topics(
    session: Session, formation: Formation, *, state: str = "offered"
) -> list[Topic]:
    """Return the topics that are offered (or removed, or merged), the oldest first."""
    return list(
        session.scalars(
            select(Topic)
            .where(Topic.formation_id == formation.id, Topic.state == state)
            .order_by(Topic.id)
        )
    )


def get_topic(session: Session, formation: Formation, topic_id: int) -> Topic:
    """Return a topic of this formation that was not merged away, or raise NotFoundError."""
    found = session.scalar(
        select(Topic).where(
            Topic.id == topic_id,
            Topic.formation_id == formation.id,
            Topic.state != "merged",
        )
    )
    if found is None:
        raise NotFoundError
    return found


def add_topics(
    session: Session, formation: Formation, titles: Iterable[str], *, by: int
) -> list[Topic]:
    """Offer topics, each title once; one of a removed topic brings that one back."""
    known = {
        topic.title.casefold(): topic
        for state in ("removed", "offered")
        for topic in topics(session, formation, state=state)
    }
    added = []
    for title in titles:
        new = Topic(formation_id=formation.id, title=title, proposed_by=by)
        topic = known.setdefault(title.casefold(), new)
        if topic.state != "offered":
            topic.state = "offered"
            added.append(topic)
    session.add_all(added)
    session.flush()
    return added


def propose_topic(
    session: Session, formation: Formation, title: str, text: str, *, by: int
) -> Topic:
    """Add a participant's topic to those that are offered."""
    lock(session, formation)
    if formation.stage != "topics" or not formation.may_propose:
        raise ConflictError(
            _("Topics are no longer collected here. Ask a lead if yours is missing.")
        )
    refuse_too_many(session, formation, by)
    refuse_taken(session, formation.id, title)
    (topic,) = add_topics(session, formation, [title], by=by)
    topic.text = text
    session.flush()
    return topic


def refuse_taken(
    session: Session, formation_id: int, title: str, *, but: int | None = None
) -> None:
    """Raise InvalidError if another topic has a title, also one that a lead took off the list."""
    found = session.scalars(
        select(Topic).where(
            Topic.formation_id == formation_id,
            Topic.state != "merged",
            Topic.id != (but or 0),
        )
    )
    states = {t.state for t in found if t.title.casefold() == title.casefold()}
    if "offered" in states:
        raise InvalidError(_("This topic is on the list already."))
    if states:
        raise InvalidError(
            _("A topic of this title was taken off the list. A lead can bring it back.")
        )


def refuse_too_many(session: Session, formation: Formation, by: int) -> None:
    """Raise ConflictError where a participant offers as many topics as one person can."""
    own = [t for t in topics(session, formation) if t.proposed_by == by]
    if len(own) >= MOST_OWN_TOPICS:
        raise ConflictError(
            _(
                "You have proposed %(most)s topics, as many as one person can. Ask a lead if one is missing.",
                most=MOST_OWN_TOPICS,
            )
        )


def change_topic(
    session: Session, topic: Topic, title: str, text: str, groups_max: int
) -> None:
    """Change the words of a topic and how many groups may work on it."""
    if title != topic.title:
        refuse_taken(session, topic.formation_id, title, but=topic.id)
    with _retitling(session, topic.formation_id):
        topic.title, topic.text, topic.groups_max = title, text, groups_max


def remove_topic(session: Session, topic: Topic) -> None:
    """Stop offering a topic; wishes for it are kept in case it comes back, and do not count."""
    topic.state = "removed"
    session.flush()


def merge_topics(session: Session, topic: Topic, into: Topic) -> None:
    """Make one topic of two; wishes for the first become wishes for the second."""
    if topic.id == into.id or into.state != "offered":
        raise InvalidError(_("Choose another topic that is offered."))
    ranked = ranked_topics(session, topic.formation_id)
    shown = shown_topics(session, topic.formation_id)
    for person_id, wished in ranked.items():
        if topic.id in wished:
            merged = [into.id if wish == topic.id else wish for wish in wished]
            seen = shown.get(person_id, set())
            # What was wished for in confidence stays so under the title of the other.
            first = next(w for w in wished if w in (topic.id, into.id))
            kept = seen - {into.id} | ({into.id} if first in seen else set())
            _store_wishes(
                session,
                topic.formation_id,
                person_id,
                list(dict.fromkeys(merged)),
                kept,
            )
    with _retitling(session, topic.formation_id):
        topic.state, topic.merged_into_id = "merged", into.id
    if topic.text and topic.text not in into.text:
        into.text = f"{into.text}\n{topic.text}".strip()
    session.flush()


def restore_topic(session: Session, topic: Topic) -> None:
    """Offer a topic again that was removed or merged, unless another has taken its title."""
    refuse_taken(session, topic.formation_id, topic.title, but=topic.id)
    with _retitling(session, topic.formation_id):
        topic.state, topic.merged_into_id = "offered", None


@contextmanager
def _retitling(session: Session, formation_id: int) -> Iterator[None]:
    """Let published groups follow what becomes of their topics, with the work they handed in."""
    formation = get_formation(session, formation_id)
    known = standing_topics(session, formation)
    # Of two with one title the one that is offered counts.
    keys = {
        topic.title: str(key)
        for key, topic in sorted(known.items(), key=lambda t: t[1].state == "offered")
        if topic.id == key
    }
    yield
    session.flush()
    standing = standing_topics(session, formation)
    titles = {str(key): topic.title for key, topic in standing.items()}
    courses.retitle_groups(session, source(formation_id), keys, titles)


def standing_topics(session: Session, formation: Formation) -> dict[int, Topic]:
    """Return what each topic has become: itself, even if removed, or what it was merged into."""
    found = session.scalars(select(Topic).where(Topic.formation_id == formation.id))
    topics = {topic.id: topic for topic in found}

    def standing(topic: Topic) -> Topic:
        return (
            topic
            if topic.merged_into_id is None
            else standing(topics[topic.merged_into_id])
        )

    return {topic_id: standing(topic) for topic_id, topic in topics.items()}


# Wishes


def wishes_of(session: Session, formation: Formation, person_id: int) -> list[int]:
    """Return the offered topics that a person wished for, the favourite first."""
    offered = {topic.id for topic in topics(session, formation)}
    ranked = ranked_topics(session, formation.id).get(person_id, [])
    return [topic for topic in ranked if topic in offered]


def rank_topics(
    session: Session,
    formation: Formation,
    person_id: int,
    wished: Sequence[int],
    *,
    any_topic: bool = False,
    shown: Collection[int] = (),
) -> None:
    """Store a participant's wishes, the favourite first, in place of what they wished before.

    Only with ``any_topic`` there can be none: any topic suits this person. All may
    see which of the topics in ``shown`` is the favourite; everything else is in confidence.
    """
    lock(session, formation)
    if formation.stage != "wishes":
        raise ConflictError(
            _("Wishes can no longer be changed. Ask a lead if yours are wrong.")
        )
    courses.get_participant(session, person_id)
    offered = {topic.id for topic in topics(session, formation)}
    enough = wished or any_topic
    if not enough or not offered.issuperset(wished) or len(set(wished)) < len(wished):
        raise InvalidError(_("Choose at least one topic, and each topic only once."))
    stored = wished[: rules.MOST_WISHES]
    _store_wishes(session, formation.id, person_id, stored, shown)
    if not has_answered(session, formation, person_id):
        session.add(Response(formation_id=formation.id, person_id=person_id))
        session.flush()


def has_answered(session: Session, formation: Formation, person_id: int) -> bool:
    """Tell whether a person has sent an answer, with or without a preference."""
    return person_id in _answered(session, formation)


def has_answers(session: Session, formation: Formation) -> bool:
    """Tell whether anybody has answered."""
    return bool(_answered(session, formation))


def silent_people(session: Session, formation: Formation) -> list[courses.Member]:
    """Return the participants who have not answered yet, or only for topics that are gone."""
    answered = _answered(session, formation)
    present = courses.participants(session)
    return [person for person in present if person.person_id not in answered]


def _answered(session: Session, formation: Formation) -> set[int]:
    offered = {topic.id for topic in topics(session, formation)}
    ranked = ranked_topics(session, formation.id)
    wanted = select(Response.person_id).where(Response.formation_id == formation.id)
    sent = {person for person in session.scalars(wanted) if person not in ranked}
    return sent | {p for p, wished in ranked.items() if not offered.isdisjoint(wished)}


def ranked_topics(session: Session, formation_id: int) -> dict[int, list[int]]:
    """Return the topics that each person wished for, the favourite first, offered or not."""
    found: dict[int, list[int]] = {}
    for wish in session.scalars(
        select(Wish).where(Wish.formation_id == formation_id).order_by(Wish.place)
    ):
        found.setdefault(wish.person_id, []).append(wish.topic_id)
    return found


def shown_topics(session: Session, formation_id: int) -> dict[int, set[int]]:
    """Return which topics people marked as their favourite where all see it."""
    found: dict[int, set[int]] = {}
    for wish in session.scalars(
        select(Wish).where(Wish.formation_id == formation_id, Wish.is_shown)
    ):
        found.setdefault(wish.person_id, set()).add(wish.topic_id)
    return found


def answered_people(session: Session, formation: Formation) -> set[int]:
    """Return who has sent an answer, with or without a preference."""
    return _answered(session, formation)


def _store_wishes(
    session: Session,
    formation_id: int,
    person_id: int,
    wished: Sequence[int],
    shown: Collection[int],
) -> None:
    session.execute(
        delete(Wish).where(
            Wish.formation_id == formation_id, Wish.person_id == person_id
        )
    )
    session.add_all(
        Wish(
            formation_id=formation_id,
            person_id=person_id,
            place=place,
            topic_id=topic,
            is_shown=topic in shown,
        )
        for place, topic in enumerate(wished, start=1)
    )
    session.flush()
