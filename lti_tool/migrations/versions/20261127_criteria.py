"""Rules for groups as cards, and pairs who belong together or apart."""

revision = "criteria"
down_revision = "fitting"
branch_labels = None
depends_on = None
only_adds = True


def upgrade() -> None:
    """Not yet."""


def downgrade() -> None:
    """Not yet."""
