"""Places that participants choose themselves, and what members were told."""

revision = "choosing"
down_revision = "room"
branch_labels = None
depends_on = None
only_adds = True


def upgrade() -> None:
    """Not yet."""


def downgrade() -> None:
    """Not yet."""
