"""What participants are asked, and what they answered."""

revision = "survey"
down_revision = "criteria"
branch_labels = None
depends_on = None
only_adds = True


def upgrade() -> None:
    """Not yet."""


def downgrade() -> None:
    """Not yet."""
