"""Which workers live, and the audit by time."""

import sqlalchemy as sa
from alembic import op

from lti_tool.persistence import types

revision = "workers"
down_revision = "grades"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "worker",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("seen_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__worker")),
    )
    op.create_index("ix__audit__created_at", "audit", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix__audit__created_at", "audit")
    op.drop_table("worker")
