"""Tell of each span what the visit found, find spans by when their clocks end, and bind a device link to its display."""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SPANS = ("visited_at", "reached", "solved", "satisfaction")
VISITED = sa.text("visited_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("assignments", sa.Column("visited_at", UTCDateTime(), nullable=True))
    op.add_column("assignments", sa.Column("reached", sa.Boolean(), nullable=True))
    op.add_column("assignments", sa.Column("solved", sa.Boolean(), nullable=True))
    op.add_column("assignments", sa.Column("satisfaction", sa.String(length=64), nullable=True))
    op.create_index("ix_assignments_assigned_at", "assignments", ["assigned_at"])
    op.create_index(
        "ix_assignments_visited_at", "assignments", ["visited_at"], postgresql_where=VISITED, sqlite_where=VISITED
    )
    op.add_column("device_links", sa.Column("bound_at", UTCDateTime(), nullable=True))
    op.add_column("device_links", sa.Column("binding_hash", sa.String(length=256), nullable=True))
    op.add_column("device_links", sa.Column("drives", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "wall_stage",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("scene", sa.String(length=64), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("wall_stage")
    op.drop_column("device_links", "drives")
    op.drop_column("device_links", "binding_hash")
    op.drop_column("device_links", "bound_at")
    op.drop_index("ix_assignments_visited_at", "assignments")
    op.drop_index("ix_assignments_assigned_at", "assignments")
    for name in reversed(SPANS):
        op.drop_column("assignments", name)
