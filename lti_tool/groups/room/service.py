"""Rooms: opening one, marking favourites, balancing, taking back, and what all see of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course
from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.groups import posing, rules, service
from lti_tool.groups.models import Formation, Topic
from lti_tool.groups.problem import Group, Problem, Sizes, standing_wishes
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.arrangement import former_groups
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.proposals.rules import Terms
from lti_tool.groups.publishing import service as publishing
from lti_tool.groups.publishing.models import Publication
from lti_tool.groups.room.models import Room
from lti_tool.groups.room.rules import FAVOURITE, Change, balanced, marked, put_in
from lti_tool.groups.rules import Finding
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session
from lti_tool.web.codes import short_code

LONGEST_PAUSE = timedelta(hours=6)
"""So long after the last step of a lead people are still led in: a day's lunch, and not the next day."""
MOVE_COST = 60
"""Of each person who moves when others are put in later: more than any wish is worth."""
LONGEST_TITLE = 120
OPEN = ("topics", "favourites", "closed", "failed")
"""The phases in which topics are added, merged, removed and brought back."""


@dataclass(frozen=True, slots=True)
class Board:
    """What a room shows to all: no wish beyond the favourite, and nobody who is silent."""

    phase: str
    """``topics``, ``favourites``, ``closed``, ``computing``, ``failed``, ``groups`` or ``published``."""
    people: int
    marked: int
    """How many have marked a favourite."""
    groups_wanted: int
    sizes: Sizes
    by_video: tuple[str, ...]
    columns: tuple["Column", ...]
    """The topics with those whose favourite each is; or the groups with their people."""
    unnamed: int
    """How many have wished in confidence: of them only counts are shown, and no change is told."""
    findings: tuple[Finding, ...]
    reason: str | None
    progress: int
    """How far the computing is, in per cent."""
    late: tuple[str, ...]
    """Participants who are in none of the balanced groups."""
    is_put_in: bool
    """Whether these groups came from others by putting people in."""
    told: tuple[Change, ...]
    """What balancing, or putting people in, changed and why, for all to read without ranks."""
    changes: tuple[Change, ...]
    """The same also of those who have wished in confidence: for leads, and each for themselves."""


@dataclass(frozen=True, slots=True)
class Column:
    """A topic or a group."""

    topic_id: int
    title: str
    text: str
    number: int | None
    people: tuple[int, ...]
    names: tuple[str, ...]
    unnamed: int
    """How many more have it as their favourite and said so in confidence."""


# Opening, finding


def open_room(session: Session, formation: Formation) -> Room:
    """Return the room of a formation, open from now on."""
    # Two leads may press at once.
    service.lock(session, formation)
    found = find_room(session, formation)
    until = clock.now() + LONGEST_PAUSE
    if found is None:
        found = Room(
            formation_id=formation.id,
            code=short_code(),
            follows_people=False,
            open_until=until,
        )
        session.add(found)
    found.open_until = until
    session.flush()
    return found


def keep_open(room: Room) -> None:
    """Note that a lead went on in a room."""
    if is_open(room):
        room.open_until = clock.now() + LONGEST_PAUSE


def close_room(room: Room) -> None:
    """End a room; people answer on their own pages again."""
    room.open_until = clock.now()


def is_open(room: Room | None) -> bool:
    """Tell whether people meet in a room now."""
    return room is not None and room.open_until > clock.now()


def start(session: Session, formation: Formation) -> Room:
    """Return a room for a new formation, in which the people decide how many groups there are."""
    room = open_room(session, formation)
    room.follows_people = True
    follow_people(session, formation, room)
    return room


def find_room(session: Session, formation: Formation) -> Room | None:
    """Return the room of a formation, or None."""
    return session.scalar(select(Room).where(Room.formation_id == formation.id))


def get_room(session: Session, formation_id: int) -> tuple[Formation, Room]:
    """Return a formation of this course and its room, or raise NotFoundError."""
    formation = service.get_formation(session, formation_id)
    room = find_room(session, formation)
    if room is None:
        raise NotFoundError
    return formation, room


def open_rooms(session: Session) -> list[Formation]:
    """Return the formations that are gone through together now, the newest first."""
    return [
        formation
        for formation in publishing.under_way(session)
        if is_open(find_room(session, formation))
    ]


def waiting(session: Session) -> Formation | None:
    """Return the formation in whose room participants are awaited now, the newest first."""
    found = (f for f in open_rooms(session) if not is_asked_at_home(f))
    return next(found, None)


def is_asked_at_home(formation: Formation) -> bool:
    """Tell whether people are to answer in their own time, whatever the room shows."""
    has_dates = formation.closes_at is not None or formation.reminded_at is not None
    return formation.stage == "wishes" and has_dates


def by_code(session: Session, code: str) -> tuple[Room, Course] | None:
    """Return the room of a code and its course, wherever it is."""
    found = session.execute(
        select(Room, Course)
        .join(Course, Course.id == Room.course_id)
        .where(Room.code == code)
    ).first()
    return (found[0], found[1]) if found else None


# What participants do


def mark(
    session: Session, formation: Formation, person_id: int, topic_id: int, place: int
) -> None:
    """Let a topic be a participant's favourite, second or third; 0 takes the mark off.

    What is marked as favourite here all may see; what was wished before stays in confidence.
    """
    # Two taps of one person must not undo each other.
    service.lock(session, formation)
    wishes = service.wishes_of(session, formation, person_id)
    shown = service.shown_topics(session, formation.id).get(person_id, set())
    service.rank_topics(
        session,
        formation,
        person_id,
        marked(wishes, topic_id, place),
        shown=shown | {topic_id} if place == FAVOURITE else shown,
    )
    _follow_if_wanted(session, formation)


# What leads do


def resize(
    session: Session, formation: Formation, room: Room, groups: int, sizes: Sizes | None
) -> None:
    """Set the number of groups and, where given, their sizes."""
    room.follows_people = False
    formation.groups_wanted = groups
    formation.size_min = sizes.smallest if sizes else None
    formation.size_preferred = sizes.preferred if sizes else None
    formation.size_max = sizes.largest if sizes else None
    session.flush()


def follow_people(session: Session, formation: Formation, room: Room) -> None:
    """Let there be as many groups as is usual for the people, unless a lead has set a number."""
    if room.follows_people:
        people = len(courses.participants(session))
        formation.groups_wanted = rules.usual_groups(people)
        session.flush()


def _follow_if_wanted(session: Session, formation: Formation) -> None:
    room = find_room(session, formation)
    if room is not None:
        follow_people(session, formation, room)


def refuse_balanced(session: Session, formation: Formation, room: Room) -> None:
    """Raise ConflictError where the room no longer changes topics."""
    if _phase(session, formation, _proposal(session, formation, room)) not in OPEN:
        raise ConflictError(
            _("The groups are balanced. Undo that first, then change the topics.")
        )


def put_away(session: Session, formation: Formation) -> list[Topic]:
    """Return the topics that were removed or merged, the newest first."""
    found = [
        *service.topics(session, formation, state="removed"),
        *service.topics(session, formation, state="merged"),
    ]
    return sorted(found, key=lambda topic: -topic.id)


def bring_back(session: Session, formation: Formation, topic_id: int) -> None:
    """Offer a topic again that was removed or merged; marks stay where merging put them."""
    topic = next((t for t in put_away(session, formation) if t.id == topic_id), None)
    if topic is None:
        raise InvalidError(_("Choose a topic that was removed or merged."))
    service.restore_topic(session, topic)


def balance(session: Session, formation: Formation, room: Room, *, by: int) -> None:
    """Have groups computed from the favourites; nobody can mark any more."""
    service.lock(session, formation)
    session.refresh(room)
    there = _proposal(session, formation, room)
    if there is not None and there.status in ("queued", "running"):
        return
    if there is not None and there.status == "done":
        raise ConflictError(
            _("There are groups already. Take them back first, then balance again.")
        )
    follow_people(session, formation, room)
    room.proposal_id = proposals.ask(session, formation, by=by).id
    session.flush()


def put_late_in(session: Session, formation: Formation, room: Room, *, by: int) -> None:
    """Have those put in who came after balancing, with as few moves as possible."""
    base = _proposal(session, formation, room)
    if base is None or base.status != "done":
        raise ConflictError(
            _("There are no groups yet into which somebody could come.")
        )
    terms = Terms(based_on=base.id, move_cost=MOVE_COST)
    room.proposal_id = proposals.ask(session, formation, by=by, terms=terms).id
    session.flush()


def undo(session: Session, formation: Formation, room: Room) -> None:
    """Take the last step back: the publication, the putting in, or the balancing."""
    service.lock(session, formation)
    proposal = _proposal(session, formation, room)
    if is_published(session, formation, room):
        publishing.take_back(session, formation)
        return
    if proposal is not None and proposal.status in ("queued", "running"):
        proposals.cancel(session, proposal)
    room.proposal_id = _terms(proposal).based_on
    if room.proposal_id is None:
        service.set_stage(session, formation, "wishes")
    session.flush()


# What all see


def proposal_of(session: Session, formation: Formation, room: Room) -> Proposal:
    """Return the balanced groups, or raise ConflictError while there are none."""
    found = _proposal(session, formation, room)
    if found is None:
        raise ConflictError(_("The groups are not balanced yet."))
    return found


def is_published(session: Session, formation: Formation, room: Room) -> bool:
    """Tell whether the room shows the groups that are in force."""
    proposal = _proposal(session, formation, room)
    return proposal is not None and _is_published(session, formation, proposal)


def board(session: Session, formation: Formation, room: Room) -> Board:
    """Return what the room shows now."""
    problem = posing.problem_of(session, formation)
    people = courses.participants(session)
    names = {person.person_id: person.name for person in people}
    proposal = _proposal(session, formation, room)
    groups = _groups(session, formation, proposal)
    fans = favourites(problem)
    shown = _shown_favourites(session, formation, fans)
    discreet = service.answered_people(session, formation) - shown.keys()
    changes = _changes(session, formation, problem, proposal, groups)
    is_put_in = _terms(proposal).based_on is not None
    placed = {person for group in groups for person in group.people}
    return Board(
        phase=_phase(session, formation, proposal),
        people=len(people),
        marked=len(fans),
        groups_wanted=formation.groups_wanted,
        sizes=problem.sizes,
        by_video=tuple(p.name for p in people if p.joins_by_video),
        columns=_columns(session, formation, groups, (fans, shown), names),
        unnamed=len(discreet & names.keys()),
        findings=rules.check(problem),
        reason=proposal.reason if proposal else None,
        progress=_progress(proposal),
        late=tuple(names[p] for p in names if groups and p not in placed),
        is_put_in=is_put_in,
        told=tuple(c for c in changes if is_put_in or c.person not in discreet),
        changes=tuple(changes),
    )


def favourites(problem: Problem) -> dict[int, int]:
    """Return the favourite topic of each person who marked one."""
    wishes = (
        (person.id, standing_wishes(person, problem.topics, rules.MOST_WISHES))
        for person in problem.people
    )
    return {person: wished[0] for person, wished in wishes if wished}


def _shown_favourites(
    session: Session, formation: Formation, fans: dict[int, int]
) -> dict[int, int]:
    """Return those favourites that were marked where all see them."""
    shown = service.shown_topics(session, formation.id)
    return {p: topic for p, topic in fans.items() if topic in shown.get(p, ())}


def is_shown(session: Session, formation: Formation, person_id: int) -> bool:
    """Tell whether all see the favourite of a person."""
    marks = service.wishes_of(session, formation, person_id)
    shown = service.shown_topics(session, formation.id).get(person_id, ())
    return bool(marks) and marks[0] in shown


def _changes(
    session: Session,
    formation: Formation,
    problem: Problem,
    proposal: Proposal | None,
    groups: Sequence[Group],
) -> list[Change]:
    based_on = _terms(proposal).based_on
    if based_on is None:
        return balanced(problem, groups)
    base = proposals.get_proposal(session, formation, based_on)
    return put_in(problem, former_groups(session, formation, base), groups)


def titles(session: Session, changes: Sequence[Change]) -> dict[int, str]:
    """Return the titles of the topics that people left, offered or not."""
    wanted = {change.before for change in changes}
    found = session.scalars(select(Topic).where(Topic.id.in_(wanted)))
    return {topic.id: topic.title for topic in found}


def _phase(session: Session, formation: Formation, proposal: Proposal | None) -> str:
    if formation.stage != "closed":
        return {"topics": "topics", "wishes": "favourites"}[formation.stage]
    if proposal is None:
        return "closed"
    if proposal.status == "done":
        told = _is_published(session, formation, proposal)
        return "published" if told else "groups"
    return "computing" if proposal.status in ("queued", "running") else "failed"


def _progress(proposal: Proposal | None) -> int:
    told = (proposal.progress if proposal else None) or {}
    return int(100 * told.get("share", 0))


def _is_published(session: Session, formation: Formation, proposal: Proposal) -> bool:
    """Tell whether the room shows what is in force, whatever a lead has moved by hand since."""
    published = publishing.in_force(session, formation)
    return published is not None and not _is_later(proposal, published)


def _proposal(session: Session, formation: Formation, room: Room) -> Proposal | None:
    # Whoever opened the wishes again elsewhere is past these groups.
    if formation.stage != "closed":
        return None
    own = room.proposal_id
    proposal = proposals.get_proposal(session, formation, own) if own else None
    published = publishing.in_force(session, formation)
    if published is None or _is_later(proposal, published):
        return proposal
    return proposals.get_proposal(session, formation, published.proposal_id)


def _is_later(proposal: Proposal | None, published: Publication) -> bool:
    """Tell whether a step was taken in the room after a publication."""
    return proposal is not None and proposal.created_at > published.published_at


def _terms(proposal: Proposal | None) -> Terms:
    return Terms.from_json(proposal.terms if proposal else None)


def _groups(
    session: Session, formation: Formation, proposal: Proposal | None
) -> Sequence[Group]:
    if proposal is None or proposal.status != "done":
        return ()
    present = {p.person_id for p in courses.participants(session)}
    return [
        Group(g.topic, tuple(p for p in g.people if p in present))
        for g in _standing(session, formation, proposal)
    ]


def _standing(
    session: Session, formation: Formation, proposal: Proposal
) -> Sequence[Group]:
    published = publishing.in_force(session, formation)
    if published is None or _is_later(proposal, published):
        return former_groups(session, formation, proposal)
    # What a lead moves by hand is not told before it is published.
    topics = {
        t.title: t.id for t in service.standing_topics(session, formation).values()
    }
    return [
        Group(topics[place.topic], place.people)
        for place in publishing.places_of(session, formation, published)
        if place.topic in topics
    ]


def _columns(
    session: Session,
    formation: Formation,
    groups: Sequence[Group],
    favourites: tuple[dict[int, int], dict[int, int]],
    names: dict[int, str],
) -> tuple[Column, ...]:
    fans, shown = favourites
    hidden = Counter(t for p, t in fans.items() if p in names and p not in shown)
    topics = {topic.id: topic for topic in service.topics(session, formation)}
    if not groups:
        groups = [
            Group(t, tuple(p for p in names if shown.get(p) == t)) for t in topics
        ]
        numbers: Sequence[int | None] = [None] * len(groups)
    else:
        numbers = range(1, len(groups) + 1)
    titles = {t.id: t for t in put_away(session, formation)} | topics
    return tuple(
        Column(
            group.topic,
            titles[group.topic].title,
            titles[group.topic].text,
            number,
            group.people,
            tuple(names[p] for p in names if p in group.people),
            hidden[group.topic] if number is None else 0,
        )
        for group, number in zip(groups, numbers, strict=True)
    )
