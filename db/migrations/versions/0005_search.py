"""Find cases by their words, and page through a million of them: the index of words, its marks, and the desk's indexes."""

import sqlalchemy as sa
from alembic import op

from db.types import ROW_ID

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXTS = ("title", "content", "address", "result")
# A report that goes on in another case may name other people of it.
WATCHED = (*TEXTS, "case_id")
HISTORY = (
    "id", "reported_at", "township", "village", "grid", "unit_code", "feed", "category", "status", "urgency", "colour",
    "sensitive", "ended",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "search_pending",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("report_id", ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_pending"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _words_on_sqlite()
    else:
        _words_on_postgresql()
    op.execute("INSERT INTO search_pending (report_id) SELECT id FROM reports ORDER BY id")
    op.create_index(
        "ix_cases_history",
        "cases",
        HISTORY,
        postgresql_where=sa.text("ended"),
        sqlite_where=sa.text("ended = 1"),
    )
    op.drop_index("ix_assignments_unit_code", "assignments")
    op.create_index("ix_assignments_unit_code", "assignments", ["unit_code", "case_id"])


def _words_on_sqlite() -> None:
    op.execute("CREATE VIRTUAL TABLE report_words USING fts5(said, place, tokenize = 'ascii', columnsize = 0)")
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in WATCHED)
    mark = "BEGIN INSERT INTO search_pending (report_id) VALUES (NEW.id); END"
    op.execute(f"CREATE TRIGGER reports_search_new AFTER INSERT ON reports {mark}")
    op.execute(
        f"CREATE TRIGGER reports_search_changed AFTER UPDATE OF {', '.join(WATCHED)} ON reports WHEN {changed} {mark}"
    )


def _words_on_postgresql() -> None:
    op.execute("CREATE TABLE report_words (report_id bigint CONSTRAINT pk_report_words PRIMARY KEY, words tsvector)")
    op.execute("CREATE INDEX ix_report_words_words ON report_words USING gin (words)")
    changed = " OR ".join(f"stale.{name} IS DISTINCT FROM fresh.{name}" for name in WATCHED)
    op.execute(
        "CREATE FUNCTION reports_search_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO search_pending (report_id) SELECT id FROM fresh; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE FUNCTION reports_search_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"  # noqa: S608 - our own names
        " INSERT INTO search_pending (report_id)"
        f" SELECT fresh.id FROM fresh JOIN stale ON stale.id = fresh.id WHERE {changed}; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER reports_search_new AFTER INSERT ON reports REFERENCING NEW TABLE AS fresh"
        " FOR EACH STATEMENT EXECUTE FUNCTION reports_search_new()"
    )
    op.execute(
        "CREATE TRIGGER reports_search_changed AFTER UPDATE ON reports REFERENCING OLD TABLE AS stale NEW TABLE AS fresh"
        " FOR EACH STATEMENT EXECUTE FUNCTION reports_search_changed()"
    )


def downgrade() -> None:
    op.drop_index("ix_assignments_unit_code", "assignments")
    op.create_index("ix_assignments_unit_code", "assignments", ["unit_code", "assigned_at"])
    op.drop_index("ix_cases_history", "cases")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER reports_search_changed")
        op.execute("DROP TRIGGER reports_search_new")
    else:
        op.execute("DROP TRIGGER reports_search_changed ON reports")
        op.execute("DROP TRIGGER reports_search_new ON reports")
        op.execute("DROP FUNCTION reports_search_changed()")
        op.execute("DROP FUNCTION reports_search_new()")
    op.execute("DROP TABLE report_words")
    op.drop_table("search_pending")
