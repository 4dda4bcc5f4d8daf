"""How far a computation is, what was pinned, and what each group costs."""

revision = "proposing"
down_revision = "survey"
branch_labels = None
depends_on = None
only_adds = True


def upgrade() -> None:
    """Not yet."""


def downgrade() -> None:
    """Not yet."""
