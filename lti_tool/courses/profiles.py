"""Profiles: where participants come from and what they ask of the course."""

from collections.abc import Mapping

from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses.models import Profile
from lti_tool.courses.people import get_participant
from lti_tool.courses.profile_table import FIELDS
from lti_tool.persistence.session import Session

OPEN_FIELDS = ("network", "region")
"""What everybody in the course sees of everybody."""


def profiles(session: Session) -> dict[int, Profile]:
    """Return the profiles of the course by person id."""
    return {p.person_id: p for p in session.scalars(select(Profile))}


def profile_of(session: Session, person_id: int) -> Profile | None:
    """Return the profile of a person, or None where neither they nor a lead entered one."""
    return session.scalar(select(Profile).where(Profile.person_id == person_id))


def values_of(profile: Profile | None) -> dict[str, str]:
    """Return what a profile says, by field; what is empty is left out."""
    if profile is None:
        return {}
    return {name: text for name in FIELDS if (text := getattr(profile, name))}


def confirm_profile(
    session: Session, person_id: int, values: Mapping[str, str | None]
) -> None:
    """Store what a participant says of themselves; from now on no import changes it."""
    get_participant(session, person_id)
    profile = put_profile(session, person_id, values)
    profile.confirmed_at = clock.now()
    session.flush()


def put_profile(
    session: Session, person_id: int, values: Mapping[str, str | None]
) -> Profile:
    """Store fields of a profile, the others stay, and return it."""
    profile = session.scalar(
        select(Profile).where(Profile.person_id == person_id).with_for_update()
    )
    if profile is None:
        profile = Profile(person_id=person_id)
        session.add(profile)
    for name in FIELDS:
        if name in values:
            setattr(profile, name, values[name] or None)
    session.flush()
    return profile
