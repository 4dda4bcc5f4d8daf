"""What participants are asked, and what they answered."""

import sqlalchemy as sa
from alembic import op

from lti_tool.persistence import types

revision = "survey"
down_revision = "criteria"
branch_labels = None
depends_on = None
only_adds = True

_MOMENT = types.UtcDateTime(timezone=True)
_DATES = ("opens_at", "closes_at", "reminded_at")
_OF_FORMATION = (["formation_id"], "formation", ["id"])
_OF_QUESTION = (["question_id"], "question", ["id"])
_OF_PERSON = (["person_id"], "enrolment", ["person_id"])
_OF_OTHER = (["other_id"], "enrolment", ["person_id"])


def upgrade() -> None:
    for name in _DATES:
        op.add_column("formation", sa.Column(name, _MOMENT, nullable=True))
    op.add_column("formation", sa.Column("slots", sa.JSON(), nullable=True))
    op.add_column(
        "formation",
        sa.Column(
            "asks_company", sa.Boolean(), server_default=sa.false(), nullable=False
        ),
    )
    _create(
        "question",
        [
            sa.Column("formation_id", sa.Integer(), nullable=False),
            sa.Column("profile_field", sa.String(), nullable=True),
            sa.Column("title", sa.String(), nullable=False),
            sa.Column("purpose", sa.String(), nullable=False),
            sa.Column("choices", sa.JSON(), nullable=False),
            sa.CheckConstraint(
                "profile_field IN ('region', 'network_kind', 'employer_kind', 'experience')",
                name=op.f("ck__question__known_field"),
            ),
            sa.CheckConstraint(
                "profile_field IS NOT NULL OR length(title) > 0",
                name=op.f("ck__question__says_what_is_asked"),
            ),
        ],
        keys=[_OF_FORMATION],
        unique=["formation_id", "profile_field"],
        indexed=["formation_id"],
    )
    _create(
        "answer",
        [
            sa.Column("question_id", sa.Integer(), nullable=False),
            sa.Column("person_id", sa.Integer(), nullable=False),
            sa.Column("choice", sa.Integer(), nullable=False),
            sa.CheckConstraint(
                "choice >= 1", name=op.f("ck__answer__counted_from_one")
            ),
        ],
        keys=[_OF_QUESTION, _OF_PERSON],
        unique=["question_id", "person_id"],
        indexed=["person_id"],
    )
    _create(
        "availability",
        [
            sa.Column("formation_id", sa.Integer(), nullable=False),
            sa.Column("person_id", sa.Integer(), nullable=False),
            sa.Column("slots", sa.JSON(), nullable=False),
        ],
        keys=[_OF_FORMATION, _OF_PERSON],
        unique=["formation_id", "person_id"],
        indexed=["person_id"],
    )
    _create(
        "person_wish",
        [
            sa.Column("formation_id", sa.Integer(), nullable=False),
            sa.Column("person_id", sa.Integer(), nullable=False),
            sa.Column("other_id", sa.Integer(), nullable=False),
            sa.Column("side", sa.String(), nullable=False),
            sa.CheckConstraint(
                "person_id <> other_id", name=op.f("ck__person_wish__somebody_else")
            ),
            sa.CheckConstraint(
                "side IN ('with', 'without')", name=op.f("ck__person_wish__known_side")
            ),
        ],
        keys=[_OF_FORMATION, _OF_PERSON, _OF_OTHER],
        unique=["formation_id", "person_id", "other_id"],
        indexed=["person_id", "other_id"],
    )
    _create(
        "response",
        [
            sa.Column("formation_id", sa.Integer(), nullable=False),
            sa.Column("person_id", sa.Integer(), nullable=False),
        ],
        keys=[_OF_FORMATION, _OF_PERSON],
        unique=["formation_id", "person_id"],
        indexed=["person_id"],
    )


def _create(
    table: str,
    columns: list[sa.Column | sa.CheckConstraint],
    *,
    keys: list[tuple[list[str], str, list[str]]],
    unique: list[str],
    indexed: list[str],
) -> None:
    """Make a table of one course, with keys that stay within the course."""
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        *columns,
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f(f"fk__{table}__course_id__course"),
            ondelete="CASCADE",
        ),
        *(
            sa.ForeignKeyConstraint(
                ["course_id", *own],
                [f"{other}.course_id", *(f"{other}.{name}" for name in theirs)],
                name=op.f(f"fk__{table}__course_id_{'_'.join(own)}__{other}"),
                ondelete="CASCADE",
            )
            for own, other, theirs in keys
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk__{table}")),
        sa.UniqueConstraint("course_id", "id", name=op.f(f"uq__{table}__course_id_id")),
        sa.UniqueConstraint(*unique, name=op.f(f"uq__{table}__{'_'.join(unique)}")),
    )
    for column in ("course_id", *indexed):
        op.create_index(op.f(f"ix__{table}__{column}"), table, [column])


def downgrade() -> None:
    for table in ("response", "person_wish", "availability", "answer", "question"):
        op.drop_table(table)
    with op.batch_alter_table("formation") as formation:
        for name in ("asks_company", "slots", *reversed(_DATES)):
            formation.drop_column(name)
