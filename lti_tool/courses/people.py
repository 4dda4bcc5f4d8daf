"""The people of a course and their duties."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, select

from lti_tool.courses import rules
from lti_tool.courses.course import course_of, option, set_option
from lti_tool.courses.models import Course, Duty, Enrolment, Person
from lti_tool.errors import InvalidError, NotFoundError
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session

_WITHOUT_DUTY = "people.without_duty"


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a course, with a name that can be shown."""

    person_id: int
    name: str
    email: str | None
    role: str
    is_active: bool
    duties: tuple[str, ...] = ()
    bare_name: str = ""
    """The name without the number that tells two of one name apart."""
    joins_by_video: bool = False
    seen_at: datetime | None = None
    """When they last opened the course; None for people who are only listed."""
    platform_groups: tuple[str, ...] = ()
    """Ids of their groups in the learning platform."""


def shown_name(person: Person) -> str:
    """Return a name that can be shown, also where the platform tells none."""
    return person.name or _("Person %(number)s", number=person.id)


def members(
    session: Session, *, role: str | None = None, active: bool = True
) -> list[Member]:
    """Return the people of the course, sorted by name; two of one name are told apart.

    ``role`` is ``participant`` or ``staff``; ``active`` leaves out those who left.
    """
    wanted = select(Enrolment, Person).join(Person, Person.id == Enrolment.person_id)
    if role is not None:
        wanted = wanted.where(Enrolment.role == role)
    if active:
        wanted = wanted.where(Enrolment.is_active)
    duties: dict[int, list[str]] = {}
    for row in session.scalars(select(Duty).order_by(Duty.id)):
        duties.setdefault(row.person_id, []).append(row.duty)
    found = [
        Member(
            person_id=person.id,
            name=shown_name(person),
            email=person.email,
            role=enrolment.role,
            is_active=enrolment.is_active,
            duties=tuple(duties.get(person.id, ())),
            bare_name=shown_name(person),
            joins_by_video=enrolment.joins_by_video,
            seen_at=enrolment.seen_at,
            platform_groups=tuple(enrolment.platform_groups),
        )
        for enrolment, person in session.execute(wanted)
    ]
    return sorted(
        _told_apart(found), key=lambda m: (_family_name_first(m.name), m.person_id)
    )


def _told_apart(people: Sequence[Member]) -> list[Member]:
    """Add a number to names that more than one person bears."""
    by_name: dict[str, list[int]] = {}
    for person in sorted(people, key=lambda m: m.person_id):
        by_name.setdefault(person.name, []).append(person.person_id)
    return [
        replace(p, name=f"{p.name} ({by_name[p.name].index(p.person_id) + 1})")
        if len(by_name[p.name]) > 1
        else p
        for p in people
    ]


def _family_name_first(name: str) -> str:
    umlauts = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
    bare = name.casefold().split(" (")[0].split()
    return " ".join([*bare[-1:], *bare[:-1]]).translate(umlauts)


def participants(session: Session) -> list[Member]:
    """Return the participants of the course who have not left, sorted by family name."""
    return members(session, role="participant")


def staff(session: Session) -> list[Member]:
    """Return the staff of the course."""
    return members(session, role="staff")


def names(session: Session) -> dict[int, str]:
    """Return everybody's name by person id, also of those who left."""
    return {m.person_id: m.name for m in members(session, active=False)}


def holders(session: Session, *duties: str) -> list[Member]:
    """Return the staff who have one of the duties."""
    return [m for m in staff(session) if set(m.duties) & set(duties)]


def get_participant(session: Session, person_id: int) -> Member:
    """Return a participant of this course or raise NotFoundError."""
    for person in participants(session):
        if person.person_id == person_id:
            return person
    raise NotFoundError


def waiting_staff(session: Session) -> list[Member]:
    """Return staff who have opened the course and stand before closed doors.

    Those of whom a lead said that they need no duty do not wait.
    """
    content = set(option(session, _WITHOUT_DUTY, []))
    return [
        m
        for m in staff(session)
        if m.seen_at is not None and not m.duties and m.person_id not in content
    ]


def need_no_duty(session: Session, person_id: int) -> None:
    """Note that a member of staff shall only see dates, so that nobody is reminded of them."""
    if person_id not in {m.person_id for m in staff(session)}:
        raise NotFoundError
    noted = {*option(session, _WITHOUT_DUTY, []), person_id}
    set_option(session, _WITHOUT_DUTY, sorted(noted))


def set_joins_by_video(session: Session, person_ids: Iterable[int]) -> None:
    """Note who of the participants regularly joins by video: exactly these."""
    wanted = set(person_ids)
    for enrolment in session.scalars(
        select(Enrolment).where(Enrolment.role == "participant", Enrolment.is_active)
    ):
        enrolment.joins_by_video = enrolment.person_id in wanted
    session.flush()


def set_duties(
    session: Session, person_id: int, duties: Iterable[str], *, by: int
) -> None:
    """Give a member of staff exactly these duties; the last lead cannot step down."""
    # Two leads who relieve each other at once would leave the course without one.
    session.execute(
        select(Course.id).where(Course.id == course_of(session).id).with_for_update()
    )
    wanted = set(duties)
    role = next((m.role for m in members(session) if m.person_id == person_id), None)
    if role is None:
        raise NotFoundError
    if wanted and not rules.may_take_duty(role):
        raise InvalidError(_("Only members of the course team can have duties."))
    leads = [m.person_id for m in holders(session, "lead")]
    if "lead" not in wanted and rules.last_lead_stays(leads, person_id):
        raise InvalidError(
            _(
                "A course needs a lead. Make somebody else lead first, then give up the duty."
            )
        )
    have = set(session.scalars(select(Duty.duty).where(Duty.person_id == person_id)))
    session.execute(
        delete(Duty).where(Duty.person_id == person_id, Duty.duty.in_(have - wanted))
    )
    for duty in sorted(wanted - have):
        session.add(Duty(person_id=person_id, duty=duty, given_by=by))
    session.flush()
