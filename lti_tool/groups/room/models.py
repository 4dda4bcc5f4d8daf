"""Rooms: formations that are gone through together, on the projector and on phones."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.persistence.base import Base, CourseScoped, same_course
from lti_tool.persistence.types import UtcDateTime


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
    open_until: Mapped[datetime] = mapped_column(UtcDateTime)
    """Until then people are led in; every step of a lead puts it off, and ending the room is now."""
    proposal_id: Mapped[int | None]
    """The balanced groups that are looked at; None while favourites are marked."""
