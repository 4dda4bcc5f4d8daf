"""What the platforms' gradebooks were found to say, beside what they should."""

revision = "reconciling"
down_revision = "workers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
