"""What people chose themselves, as a wish: read when groups are posed, filled and shown."""

from sqlalchemy import select

from lti_tool import clock
from lti_tool.groups.models import (
    Choice,
    ChosenGroup,
    ChosenPlace,
    Formation,
    Topic,
)
from lti_tool.persistence.session import Session


def is_over(choice: Choice) -> bool:
    """Tell whether a choice was closed, or its date has come."""
    past = choice.closes_at is not None and choice.closes_at <= clock.now()
    return choice.closed_at is not None or past


def chosen_topics(session: Session, formation: Formation) -> dict[int, int]:
    """Return on which topic each is who has a place in a group, once the choice is over."""
    choice = session.scalar(select(Choice).where(Choice.formation_id == formation.id))
    if choice is None or not is_over(choice):
        # While people choose, their present place must not speak against the next.
        return {}
    topics = session.scalars(select(Topic).where(Topic.formation_id == formation.id))
    into = {topic.id: topic.merged_into_id for topic in topics}
    groups = session.scalars(
        select(ChosenGroup).where(ChosenGroup.formation_id == formation.id)
    )
    topic_of = {group.id: _standing(group.topic_id, into) for group in groups}
    places = session.scalars(
        select(ChosenPlace).where(
            ChosenPlace.formation_id == formation.id, ~ChosenPlace.is_waiting
        )
    )
    return {place.person_id: topic_of[place.group_id] for place in places}


def _standing(topic_id: int, into: dict[int, int | None]) -> int:
    while (merged := into[topic_id]) is not None:
        topic_id = merged
    return topic_id
