"""How far the fetching of a list of members is."""

revision = "rosters"
down_revision = "reconciling"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
