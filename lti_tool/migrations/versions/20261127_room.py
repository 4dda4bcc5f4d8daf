"""Rooms in which groups are formed together."""

revision = "room"
down_revision = "proposing"
branch_labels = None
depends_on = None
only_adds = True


def upgrade() -> None:
    """Not yet."""


def downgrade() -> None:
    """Not yet."""
