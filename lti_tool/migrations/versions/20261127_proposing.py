"""How far a computation is, what was asked and pinned, and what was put away."""

import sqlalchemy as sa
from alembic import op

from lti_tool.persistence import types

revision = "proposing"
down_revision = "survey"
branch_labels = None
depends_on = None
only_adds = True


def upgrade() -> None:
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        for name in ("terms", "progress", "made_with"):
            batch_op.add_column(sa.Column(name, sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("title", sa.String(), nullable=True))
        for name in ("begun_at", "archived_at"):
            batch_op.add_column(
                sa.Column(name, types.UtcDateTime(timezone=True), nullable=True)
            )
    with op.batch_alter_table("move", schema=None) as batch_op:
        batch_op.add_column(sa.Column("step", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("pin", sa.String(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck__move__known_pin"), "pin IN ('group', 'topic', 'none')"
        )


def downgrade() -> None:
    with op.batch_alter_table("move", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck__move__known_pin"), type_="check")
        batch_op.drop_column("pin")
        batch_op.drop_column("step")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        for name in ("archived_at", "begun_at", "title"):
            batch_op.drop_column(name)
        for name in ("made_with", "progress", "terms"):
            batch_op.drop_column(name)
