"""Places that participants choose themselves, and what members were told."""

import sqlalchemy as sa
from alembic import op

from lti_tool.persistence import types

revision = "choosing"
down_revision = "room"
branch_labels = None
depends_on = None
only_adds = True


def upgrade() -> None:
    _what_members_were_told()


def downgrade() -> None:
    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck__group_member__known_reason"), type_="check")
        batch_op.drop_column("reason")
    with op.batch_alter_table("published_group", schema=None) as batch_op:
        batch_op.drop_column("topic_id")
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.drop_column("restores")
    op.drop_table("publication_seen")


def _what_members_were_told() -> None:
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.add_column(sa.Column("restores", sa.Integer(), nullable=True))
    with op.batch_alter_table("published_group", schema=None) as batch_op:
        batch_op.add_column(sa.Column("topic_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.String(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck__group_member__known_reason"),
            "reason IN ('joined_late', 'moved', 'left_course', 'taken_back')",
        )
    moment = types.UtcDateTime(timezone=True)
    op.create_table(
        "publication_seen",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk__publication_seen__course_id__course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "publication_id"],
            ["publication.course_id", "publication.id"],
            name=op.f("fk__publication_seen__course_id_publication_id__publication"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "person_id"],
            ["enrolment.course_id", "enrolment.person_id"],
            name=op.f("fk__publication_seen__course_id_person_id__enrolment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__publication_seen")),
        sa.UniqueConstraint(
            "course_id", "id", name=op.f("uq__publication_seen__course_id_id")
        ),
        sa.UniqueConstraint(
            "publication_id",
            "person_id",
            name=op.f("uq__publication_seen__publication_id_person_id"),
        ),
    )
    op.create_index(
        op.f("ix__publication_seen__course_id"), "publication_seen", ["course_id"]
    )
