"""Find what has ended by its category, and what few are (red, critical, declined), without going through all that has ended."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BY_CATEGORY = ("category", "id", "reported_at", "township", "village", "grid", "unit_code", "sensitive", "ended")
RARE = (
    "id", "reported_at", "township", "village", "grid", "unit_code", "feed", "category", "status", "urgency", "colour",
    "sensitive", "ended",
)  # fmt: skip
FEW = "(colour = 'red' OR urgency = 'critical' OR status = 'declined')"


def upgrade() -> None:
    op.create_index(
        "ix_cases_history_category",
        "cases",
        list(BY_CATEGORY),
        postgresql_where=sa.text("ended"),
        sqlite_where=sa.text("ended = 1"),
    )
    op.create_index(
        "ix_cases_history_rare",
        "cases",
        list(RARE),
        postgresql_where=sa.text(f"ended AND {FEW}"),
        sqlite_where=sa.text(f"ended = 1 AND {FEW}"),
    )


def downgrade() -> None:
    op.drop_index("ix_cases_history_rare", "cases")
    op.drop_index("ix_cases_history_category", "cases")
