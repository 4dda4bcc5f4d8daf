"""Rooms in which groups are formed together."""

import sqlalchemy as sa
from alembic import op

from lti_tool.persistence import types

revision = "room"
down_revision = "proposing"
branch_labels = None
depends_on = None
only_adds = True


_MOMENT = types.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.add_column("formation", sa.Column("put_away_at", _MOMENT, nullable=True))
    op.create_table(
        "room",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("formation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("follows_people", sa.Boolean(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("open_until", _MOMENT, nullable=False),
        sa.Column("created_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk__room__course_id__course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "formation_id"],
            ["formation.course_id", "formation.id"],
            name=op.f("fk__room__course_id_formation_id__formation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "proposal_id"],
            ["proposal.course_id", "proposal.id"],
            name=op.f("fk__room__course_id_proposal_id__proposal"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__room")),
        sa.UniqueConstraint("code", name=op.f("uq__room__code")),
        sa.UniqueConstraint("course_id", "id", name=op.f("uq__room__course_id_id")),
        sa.UniqueConstraint("formation_id", name=op.f("uq__room__formation_id")),
    )
    op.create_index(op.f("ix__room__course_id"), "room", ["course_id"])
    with op.batch_alter_table("wish") as wish:
        shown = sa.Column(
            "is_shown", sa.Boolean(), server_default=sa.false(), nullable=False
        )
        wish.add_column(shown)


def downgrade() -> None:
    with op.batch_alter_table("wish") as wish:
        wish.drop_column("is_shown")
    op.drop_table("room")
    with op.batch_alter_table("formation") as formation:
        formation.drop_column("put_away_at")
