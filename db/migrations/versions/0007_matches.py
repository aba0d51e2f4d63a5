"""Keep which reports are one matter, and what is needed to find that out: keys, traits, marks and a place in the journal."""

import sqlalchemy as sa
from alembic import op

from db.types import ROW_ID, UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SUGGESTED = sa.text("state = 'suggested'")
APART = sa.text("state IN ('refused', 'split')")
TEXTS = ("title", "content", "address", "lon", "lat")
HASHES = ("caller_hash", "contact_hash")


def upgrade() -> None:
    op.create_table(
        "matches",
        sa.Column("id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("feed_a", sa.String(length=64), nullable=False),
        sa.Column("source_id_a", sa.String(length=256), nullable=False),
        sa.Column("feed_b", sa.String(length=64), nullable=False),
        sa.Column("source_id_b", sa.String(length=256), nullable=False),
        sa.Column("report_a", ROW_ID, nullable=False),
        sa.Column("report_b", ROW_ID, nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("rules", sa.String(length=64), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.Column("repeats", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("later_until", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_matches"),
        sa.UniqueConstraint(
            "feed_a", "source_id_a", "feed_b", "source_id_b", name="uq_matches_feed_a_source_id_a_feed_b_source_id_b"
        ),
    )
    op.create_index("ix_matches_report_a", "matches", ["report_a"])
    op.create_index("ix_matches_report_b", "matches", ["report_b"])
    op.create_index(
        "ix_matches_suggested", "matches", ["score", "id"], postgresql_where=SUGGESTED, sqlite_where=SUGGESTED
    )
    for side in ("a", "b"):
        op.create_index(
            f"ix_matches_apart_{side}", "matches", [f"report_{side}"], postgresql_where=APART, sqlite_where=APART
        )
    op.create_table(
        "match_keys",
        sa.Column("key", ROW_ID, nullable=False),
        sa.Column("report_id", ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("key", "report_id", name="pk_match_keys"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "match_traits",
        sa.Column("report_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("appeal", sa.String(length=64), nullable=False),
        sa.Column("township", sa.String(length=64), nullable=True),
        sa.Column("village", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("report_id", name="pk_match_traits"),
    )
    op.create_table(
        "match_pending",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("report_id", ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_match_pending"),
    )
    op.create_table(
        "match_position",
        sa.Column("id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_match_position"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _marks_on_sqlite()
    else:
        _marks_on_postgresql()
    op.execute("INSERT INTO match_pending (report_id) SELECT id FROM reports ORDER BY id")


def _marks_on_sqlite() -> None:
    mark = "BEGIN INSERT INTO match_pending (report_id) VALUES (NEW.{key}); END"
    op.execute(f"CREATE TRIGGER reports_match_new AFTER INSERT ON reports {mark.format(key='id')}")
    for name, table, columns, key in _WATCHED:
        changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
        told = f"AFTER UPDATE OF {', '.join(columns)} ON {table} WHEN {changed}"
        op.execute(f"CREATE TRIGGER {name} {told} {mark.format(key=key)}")


def _marks_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION reports_match_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO match_pending (report_id) SELECT id FROM fresh; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER reports_match_new AFTER INSERT ON reports REFERENCING NEW TABLE AS fresh"
        " FOR EACH STATEMENT EXECUTE FUNCTION reports_match_new()"
    )
    for name, table, columns, key in _WATCHED:
        # A row at a time: what decides is asked before anything is called, and hardly a version changes a text.
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"  # noqa: S608 - our own names
            f" INSERT INTO match_pending (report_id) VALUES (NEW.{key}); RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} AFTER UPDATE ON {table} FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {name}()"
        )


_WATCHED = (
    ("reports_match_changed", "reports", TEXTS, "id"),
    ("vault_reports_match_changed", "vault_reports", HASHES, "report_id"),
)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table in (("reports_match_new", "reports"), *((each[0], each[1]) for each in _WATCHED)):
        op.execute(f"DROP TRIGGER {name}" if sqlite else f"DROP TRIGGER {name} ON {table}")
        if not sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    for table in ("match_position", "match_pending", "match_traits", "match_keys", "matches"):
        op.drop_table(table)
