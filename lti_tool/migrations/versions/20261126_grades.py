"""What several workers that deliver grades at once need, and whether a course can take grades."""

import sqlalchemy as sa
from alembic import op

from lti_tool.persistence import types

revision = "grades"
down_revision = "lti"
branch_labels = None
depends_on = None

_PLATFORM = "(SELECT registration_id FROM person WHERE person.id = grade.person_id)"
_KEY = "fk__grade__registration_id__registration"


def upgrade() -> None:
    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.add_column(sa.Column("registration_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("refusals", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("trace_id", sa.String(), nullable=True))
    op.execute(f"UPDATE grade SET registration_id = {_PLATFORM}")  # noqa: S608  # Constant.
    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.alter_column("registration_id", nullable=False)
        batch_op.alter_column("refusals", server_default=None)
        batch_op.create_foreign_key(
            op.f(_KEY), "registration", ["registration_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.drop_index("ix__grade__due")
        batch_op.create_index(
            "ix__grade__due", ["state", "registration_id", "next_try_at"]
        )
    op.create_table(
        "grade_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk__grade_check__course_id__course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__grade_check")),
        sa.UniqueConstraint("course_id", name=op.f("uq__grade_check__course_id")),
        sa.UniqueConstraint(
            "course_id", "id", name=op.f("uq__grade_check__course_id_id")
        ),
    )
    with op.batch_alter_table("grade_check", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix__grade_check__course_id"), ["course_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("grade_check")
    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.drop_index("ix__grade__due")
        batch_op.create_index("ix__grade__due", ["state", "next_try_at"])
        batch_op.drop_constraint(op.f(_KEY), type_="foreignkey")
        batch_op.drop_column("trace_id")
        batch_op.drop_column("refusals")
        batch_op.drop_column("registration_id")
