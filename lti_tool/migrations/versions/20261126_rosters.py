"""How far the fetching of a list of members is."""

import sqlalchemy as sa
from alembic import op

from lti_tool.persistence import types

revision = "rosters"
down_revision = "reconciling"
branch_labels = None
depends_on = None
only_adds = True

_COUNTS = ("pages", "members", "failures", "added", "returned", "gone", "renamed")


def upgrade() -> None:
    moment = types.UtcDateTime(timezone=True)
    op.create_table(
        "roster_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("leased_until", moment, nullable=True),
        sa.Column("started_at", moment, nullable=True),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("spared_until", moment, nullable=True),
        sa.Column("present", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk__roster_run__course_id__course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk__roster_run__registration_id__registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__roster_run")),
        sa.UniqueConstraint("course_id", name=op.f("uq__roster_run__course_id")),
        sa.UniqueConstraint(
            "course_id", "id", name=op.f("uq__roster_run__course_id_id")
        ),
    )
    for column in ("course_id", "registration_id"):
        op.create_index(op.f(f"ix__roster_run__{column}"), "roster_run", [column])


def downgrade() -> None:
    op.drop_table("roster_run")
