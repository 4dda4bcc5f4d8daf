"""Rooms: formations that are gone through together, on the projector and on phones."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from lti_tool.persistence.base import Base, CourseScoped, same_course


class Room(CourseScoped, Base):
    """A formation on the projector; it says nothing of people, and its code lets nobody in."""

    __tablename__ = "room"
    constraints = (
        same_course("formation_id", "formation"),
        same_course("proposal_id", "proposal"),
        UniqueConstraint("formation_id"),
        UniqueConstraint("code"),
    )

    formation_id: Mapped[int]
    code: Mapped[str]
    """What people scan or type; it leads to the page, and the launch session opens it."""
    follows_people: Mapped[bool]
    """Whether the number of groups follows from the people, as long as no lead has set it."""
    proposal_id: Mapped[int | None]
    """The balanced groups that are looked at; None while favourites are marked."""
