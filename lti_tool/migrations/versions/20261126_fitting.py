"""Whose code works on the tables, so that servers can be replaced one after the other."""

import sqlalchemy as sa
from alembic import op

from lti_tool.persistence import types

revision = "fitting"
down_revision = "rosters"
branch_labels = None
depends_on = None
only_adds = False  # It does, but code from before it does not know to ask.


def upgrade() -> None:
    op.create_table(
        "fitting_revision",
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk__fitting_revision")),
    )


def downgrade() -> None:
    op.drop_table("fitting_revision")
