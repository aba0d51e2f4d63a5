"""Tell of each span what the visit found, and of each device link which display it is bound to."""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SPANS = ("visited_at", "reached", "solved", "satisfaction")


def upgrade() -> None:
    op.add_column("assignments", sa.Column("visited_at", UTCDateTime(), nullable=True))
    op.add_column("assignments", sa.Column("reached", sa.Boolean(), nullable=True))
    op.add_column("assignments", sa.Column("solved", sa.Boolean(), nullable=True))
    op.add_column("assignments", sa.Column("satisfaction", sa.String(length=64), nullable=True))
    op.add_column("device_links", sa.Column("bound_at", UTCDateTime(), nullable=True))
    op.add_column("device_links", sa.Column("binding_hash", sa.String(length=256), nullable=True))


def downgrade() -> None:
    op.drop_column("device_links", "binding_hash")
    op.drop_column("device_links", "bound_at")
    for name in reversed(SPANS):
        op.drop_column("assignments", name)
