"""What leads do with groups that participants choose: open, change, put people, close, fill the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError, InvalidError
from lti_tool.groups import posing, service, words
from lti_tool.groups.choosing import looking, rules
from lti_tool.groups.choosing.looking import ShownGroup
from lti_tool.groups.choosing.seating import Seating
from lti_tool.groups.models import Choice, ChosenGroup, Formation
from lti_tool.groups.problem import Group, Pin
from lti_tool.groups.proposals import recording, titles
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.proposals.service import Terms
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session


@dataclass(frozen=True, slots=True)
class Settings:
    """What a lead says of choosing."""

    places: int
    may_found: bool = False
    closes_at: datetime | None = None


def too_close(session: Session, formation: Formation) -> list[tuple[int, int, int]]:
    """Return (group number, person, person) of each pair that must be apart and chose one group."""
    groups = looking.look(session, formation).groups
    bonds = posing.problem_of(session, formation).apart
    return [
        (group.number, bond.first, bond.second)
        for group in groups
        for bond in bonds
        if bond.cost is None
        and {bond.first, bond.second} <= {m.person_id for m in group.members}
    ]


def begin(
    session: Session, formation: Formation, settings: Settings, *, open_groups: bool
) -> Choice:
    """Let participants choose; ``open_groups`` offers groups on every topic at once."""
    service.lock(session, formation)
    topics = service.topics(session, formation)
    if not topics and not settings.may_found:
        raise ConflictError(_("There is no topic yet. Add topics first, then go on."))
    if looking.choice_of(session, formation) is not None:
        raise ConflictError(_("Participants choose their groups here already."))
    choice = Choice(formation_id=formation.id, places=1, may_found=False)
    session.add(choice)
    _apply(choice, settings)
    formation.stage = "closed"
    session.flush()
    seating = Seating(session, formation, choice)
    for topic in topics if open_groups else ():
        # What founders may add has to find room on the topic.
        for _number in range(1 if settings.may_found else topic.groups_max):
            seating.add_group(topic)
    return choice


def change(session: Session, formation: Formation, settings: Settings) -> None:
    """Change how participants choose; more places let people move up."""
    seating = _locked(session, formation)
    _apply(seating.choice, settings)
    session.flush()
    seating.settle()


def _apply(choice: Choice, settings: Settings) -> None:
    choice.places, choice.may_found = settings.places, settings.may_found
    choice.closes_at = settings.closes_at


def close(session: Session, formation: Formation) -> None:
    """End the choosing; everybody stays where they are."""
    _locked(session, formation).choice.closed_at = clock.now()
    session.flush()


def reopen(session: Session, formation: Formation) -> None:
    """Let participants choose again; a date that is over no longer holds."""
    seating = _locked(session, formation)
    seating.choice.closed_at = None
    if seating.choice.closes_at is not None and seating.choice.closes_at <= clock.now():
        seating.choice.closes_at = None
    session.flush()
    seating.settle()


def add_group(session: Session, formation: Formation, topic_id: int) -> ChosenGroup:
    """Add an open group on a topic."""
    seating = _locked(session, formation)
    topic = service.get_topic(session, formation, topic_id)
    if topic not in looking.open_topics(session, formation):
        raise ConflictError(
            _(
                "There are as many groups on this topic as may work on it. Allow more on its page, or choose another."
            )
        )
    return seating.add_group(topic)


def remove_group(session: Session, formation: Formation, group_id: int) -> None:
    """Remove a group; who was in it is in none, and is told."""
    seating = _locked(session, formation)
    group = looking.get_group(session, formation, group_id)
    for place in looking.places(session, formation):
        if place.group == group.id:
            seating.tell(place.person, "group_gone", group.id)
    session.delete(group)
    session.flush()
    seating.settle()


def change_code(session: Session, formation: Formation, group_id: int) -> None:
    """Give a founded group another code."""
    seating = _locked(session, formation)
    seating.change_code(looking.get_group(session, formation, group_id))


def put(
    session: Session, formation: Formation, person_id: int, group_id: int | None
) -> None:
    """Put a participant into a group, full or not, or out of all; they are told."""
    seating = _locked(session, formation)
    courses.get_participant(session, person_id)
    seen = looking.look(session, formation)
    own = seen.own(person_id)
    if (own.id if own else None) == group_id:
        raise InvalidError(_("This person is there already."))
    if group_id is not None:
        group = looking.get_group(session, formation, group_id)
        seating.put(group.id, person_id)
        seating.tell(person_id, "put_in", group.id)
    elif own is not None:
        seating.tell(person_id, "put_out", own.id)
        seating.drop(person_id, waiting=False)
    seating.settle()


def fill_rest(session: Session, formation: Formation, *, by: int) -> Proposal:
    """Close the choosing and have those without a group placed; nobody who chose moves.

    The groups as chosen become a proposal; it is returned where nobody is left to place.
    """
    close(session, formation)
    seen = looking.look(session, formation)
    if seen.shortage:
        raise ConflictError(seen.too_few)
    chosen = [g for g in seen.groups if g.members and g.topic.state == "offered"]
    placed = {m.person_id for group in chosen for m in group.members}
    rest = [p for p in courses.participants(session) if p.person_id not in placed]
    _make_room(session, formation, seen.choice, chosen, len(rest))
    groups = [
        Group(group.topic.id, tuple(m.person_id for m in group.members))
        for group in chosen
    ]
    as_chosen = recording.record(
        session,
        formation,
        groups,
        title=titles.given("as_chosen"),
        by=by,
        numbers=[group.number for group in chosen],
    )
    if not rest:
        return as_chosen
    terms = Terms(
        based_on=as_chosen.id,
        pins=tuple(
            Pin(person, former=number)
            for number, group in enumerate(groups)
            for person in group.people
        ),
        title=titles.given("rest_filled"),
        known_as=tuple(
            (group.topic.id, group.number)
            for group in seen.groups
            if group not in chosen
        ),
    )
    return proposals.ask(session, formation, by=by, terms=terms)


def _make_room(
    session: Session,
    formation: Formation,
    choice: Choice,
    chosen: Sequence[ShownGroup],
    rest: int,
) -> None:
    """Set the sizes of the formation so that everybody who chose can stay."""
    smallest = posing.problem_of(session, formation).sizes.smallest
    sizes = [len(group.members) for group in chosen]
    room = rules.filling(sizes, rest, smallest, choice.places)
    if room is None:
        raise ConflictError(
            _("There are no participants yet, so there is nothing to fill.")
        )
    formation.groups_wanted = room.groups
    formation.size_min, formation.size_preferred, formation.size_max = (
        room.smallest,
        room.preferred,
        room.largest,
    )
    for group in chosen:
        used = [g.topic.id for g in chosen].count(group.topic.id)
        group.topic.groups_max = max(group.topic.groups_max, used)
    session.flush()
    for finding in posing.findings(session, formation):
        if finding.forbids:
            raise InvalidError(words.sentence(finding))


def _locked(session: Session, formation: Formation) -> Seating:
    service.lock(session, formation)
    return Seating(session, formation, looking.get_choice(session, formation))
