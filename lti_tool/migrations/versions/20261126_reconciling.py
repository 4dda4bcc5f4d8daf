"""What the platforms' gradebooks were found to say, beside what they should."""

import sqlalchemy as sa
from alembic import op

from lti_tool.persistence import types

revision = "reconciling"
down_revision = "workers"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, types.UtcDateTime(timezone=True), nullable=nullable)


def _of_a_course(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        _moment("created_at", nullable=False),
        _moment("updated_at", nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f(f"fk__{table}__course_id__course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk__{table}")),
        sa.UniqueConstraint("course_id", "id", name=op.f(f"uq__{table}__course_id_id")),
    )


def upgrade() -> None:
    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lms_score", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("lms_maximum", sa.Double(), nullable=True))
        batch_op.add_column(_moment("found_at"))
    op.create_table(
        "grade_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("grade_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("lms_score", sa.Double(), nullable=True),
        sa.Column("lms_maximum", sa.Double(), nullable=True),
        sa.Column("by_person_id", sa.Integer(), nullable=True),
        *_of_a_course("grade_note"),
        sa.ForeignKeyConstraint(
            ["course_id", "grade_id"],
            ["grade.course_id", "grade.id"],
            name=op.f("fk__grade_note__course_id_grade_id__grade"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_person_id"],
            ["person.id"],
            name=op.f("fk__grade_note__by_person_id__person"),
            ondelete="SET NULL",
        ),
    )
    with op.batch_alter_table("grade_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix__grade_note__course_id"), ["course_id"])
        batch_op.create_index(
            batch_op.f("ix__grade_note__by_person_id"), ["by_person_id"]
        )
    op.create_table(
        "grade_comparison",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        _moment("due_at", nullable=False),
        sa.Column("lease_token", sa.String(), nullable=True),
        _moment("leased_until"),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("columns_done", sa.Integer(), nullable=False),
        _moment("tried_at"),
        sa.Column("error", sa.String(), nullable=True),
        _moment("finished_at"),
        sa.Column("as_sent", sa.Integer(), nullable=False),
        sa.Column("differing", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        *_of_a_course("grade_comparison"),
        sa.UniqueConstraint("course_id", name=op.f("uq__grade_comparison__course_id")),
    )
    with op.batch_alter_table("grade_comparison", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix__grade_comparison__course_id"), ["course_id"]
        )
        batch_op.create_index(batch_op.f("ix__grade_comparison__due_at"), ["due_at"])


def downgrade() -> None:
    op.drop_table("grade_comparison")
    op.drop_table("grade_note")
    held = "state IN ('changed', 'left')"
    # What stands in the LMS stays there: none of them becomes due.
    op.execute(f"UPDATE grade SET state = 'none' WHERE {held} AND score IS NULL")  # noqa: S608  # Constant.
    op.execute(f"UPDATE grade SET state = 'sent' WHERE {held}")  # noqa: S608  # Constant.
    with op.batch_alter_table("grade", schema=None) as batch_op:
        for name in ("found_at", "lms_maximum", "lms_score"):
            batch_op.drop_column(name)
