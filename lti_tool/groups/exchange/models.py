"""Tables of groups that were uploaded and wait to be confirmed."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.persistence.base import Base, CourseScoped
from lti_tool.persistence.types import EncryptedText


class GroupUpload(CourseScoped, Base):
    """The table that a lead uploaded last; it goes when it is taken over or dropped."""

    __tablename__ = "group_upload"
    constraints = (UniqueConstraint("course_id"),)

    file_name: Mapped[str]
    by_person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    content: Mapped[str] = mapped_column(EncryptedText)
    """The rows as JSON."""
