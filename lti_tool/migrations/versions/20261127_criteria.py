"""Rules for groups as cards, and pairs who belong together or apart."""

import sqlalchemy as sa
from alembic import op

from lti_tool.persistence import types

revision = "criteria"
down_revision = "fitting"
branch_labels = None
depends_on = None
only_adds = True

_KINDS = (
    "wishes",
    "worst_wish",
    "sizes",
    "groups",
    "capacity",
    "spread",
    "not_alone",
    "times",
    "people",
)
_STRENGTHS = ("must", "important", "nice")


def _own(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """Return what every table of a formation has."""
    moment = types.UtcDateTime(timezone=True)
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("formation_id", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk__{table}")),
        sa.UniqueConstraint("course_id", "id", name=op.f(f"uq__{table}__course_id_id")),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f(f"fk__{table}__course_id__course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "formation_id"],
            ["formation.course_id", "formation.id"],
            name=op.f(f"fk__{table}__course_id_formation_id__formation"),
            ondelete="CASCADE",
        ),
    )


def _member(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["course_id", column],
        ["enrolment.course_id", "enrolment.person_id"],
        name=op.f(f"fk__pair__course_id_{column}__enrolment"),
        ondelete="CASCADE",
    )


def _known(table: str, column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    return sa.CheckConstraint(
        sa.column(column).in_(words), name=op.f(f"ck__{table}__known_{column}")
    )


def upgrade() -> None:
    op.create_table(
        "criterion",
        *_own("criterion"),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("strength", sa.String(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("attribute", sa.String(), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("least", sa.Integer(), nullable=True),
        sa.Column("wanted", sa.Integer(), nullable=True),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        _known("criterion", "kind", _KINDS),
        _known("criterion", "strength", _STRENGTHS),
    )
    op.create_table(
        "pair",
        *_own("pair"),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("bonding", sa.String(), nullable=False),
        sa.Column("strength", sa.String(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("note", types.EncryptedText(), nullable=True),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by"],
            ["person.id"],
            name=op.f("fk__pair__added_by__person"),
            ondelete="SET NULL",
        ),
        _member("first_id"),
        _member("second_id"),
        sa.UniqueConstraint(
            "formation_id",
            "first_id",
            "second_id",
            "bonding",
            name=op.f("uq__pair__formation_id_first_id_second_id_bonding"),
        ),
        _known("pair", "bonding", ("apart", "together")),
        _known("pair", "strength", _STRENGTHS),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck__pair__two_people")),
    )
    op.create_table(
        "feasibility_check",
        *_own("feasibility_check"),
        sa.Column("cards", sa.JSON(), nullable=False),
        sa.Column("input_hash", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("leased_until", types.UtcDateTime(timezone=True), nullable=True),
        sa.UniqueConstraint(
            "formation_id", name=op.f("uq__feasibility_check__formation_id")
        ),
        _known("feasibility_check", "status", ("queued", "running", "done", "failed")),
    )
    for table, columns in (
        ("criterion", ("course_id", "formation_id")),
        ("pair", ("course_id", "first_id", "second_id")),
        ("feasibility_check", ("course_id",)),
    ):
        for column in columns:
            op.create_index(op.f(f"ix__{table}__{column}"), table, [column])
    op.create_index(
        "ix__feasibility_check__due", "feasibility_check", ["status", "leased_until"]
    )


def downgrade() -> None:
    for table in ("feasibility_check", "pair", "criterion"):
        op.drop_table(table)
