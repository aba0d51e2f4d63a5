"""Words are found as they are written, once the index has taken them up, and nothing that may not be read is."""

import random
import string
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from db import migrate, search
from db.database import Database
from db.inbox import Recorder
from db.models import Report
from db.search import ERA, Sought
from db.vault import Vault
from tests.db.centre import Centre
from tests.records import KEY, NOW, VAULT, Feed, call, message, order

MANY = 1_000
_numbers = count(1)


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


def take_up(database: Database, limit: int = MANY) -> int:
    with database.write() as session:
        return search.index_pending(session, VAULT, limit)


def waiting(database: Database) -> int:
    with database.read() as session:
        return search.pending(session, MANY)


def found(
    database: Database, words: str = "", place: str = "", *, most: int = MANY, still_open: bool = False
) -> set[str]:
    """The source ids of what is found."""
    with database.read() as session:
        ids = search.found(session, Sought(words, place), most, still_open=still_open)
        assert ids == sorted(set(ids), reverse=True), "the newest first, each once"
        return set(session.scalars(select(Report.source_id).where(search.among(session, Report.id, ids))))


def one_order(centre: Centre, **changes: Any) -> int:
    """The id of a case whose text is indexed."""
    case_id = centre.hear(Feed.HOTLINE12345, order(orderNum="H1", majorContent="", **changes))
    take_up(centre.database)
    return case_id


@pytest.mark.parametrize(
    "words",
    [
        "油烟",
        "小区油烟扰民",
        "扰民",
        "烟",
        "小",
        "民",
        "KTV",
        "ktv",
        "Ktv夜",
        "12号",
        "１２号",
        "小区 KTV",
        "区油 号楼",
        " 油烟 ",
        "-油烟。",
        "民，K",
        "' | '油烟",
    ],
)
def test_what_is_written_is_found(centre: Centre, words: str) -> None:
    one_order(centre, title="小区油烟扰民，KTV夜间吵，12号楼")
    assert found(centre.database, words) == {"H1"}


@pytest.mark.parametrize(
    "words",
    [
        "烟油",
        "小区扰民",
        "油烟吵",
        "民KTV",
        "V夜吵",
        "2号1",
        "饭店",
        "油烟 饭店",
        "",
        "，。",
        "*",
        '"',
        "油烟' | 'x",
        "#0",
    ],
)
def test_what_is_not_written_is_not_found(centre: Centre, words: str) -> None:
    """Nor what stands on both sides of a sign; and nothing that is typed is a command to the index."""
    one_order(centre, title="小区油烟扰民，KTV夜间吵，12号楼")
    assert found(centre.database, words) == set()


@pytest.mark.parametrize(
    "sign", ["OR", "AND", "NOT", "NEAR(a b)", "said:油烟", "油烟*", '油烟" OR "x', "油烟 & !x", "油烟:A", "(油烟"]
)
def test_whatever_is_typed_is_looked_for_and_breaks_nothing(centre: Centre, sign: str) -> None:
    one_order(centre, title="小区油烟扰民")
    assert found(centre.database, sign) <= {"H1"}


def test_a_place_is_looked_for_in_addresses_alone_and_words_everywhere(centre: Centre) -> None:
    one_order(centre, title="青石街油烟扰民", address="城关镇新华路 8 号", finishContent="已到青石街查看")
    assert found(centre.database, place="新华路") == {"H1"}
    assert found(centre.database, place="青石街") == set()
    assert found(centre.database, "新华") == found(centre.database, "查看") == {"H1"}
    assert found(centre.database, "油烟", "新华路") == {"H1"}
    assert found(centre.database, "油烟", "路") == {"H1"}
    assert found(centre.database, "噪声", "新华路") == found(centre.database, "油烟", "青石") == set()
    assert found(centre.database, "8号", "8号") == set(), "a space parts two runs"


def test_a_report_is_found_once_its_mark_is_taken_up(centre: Centre) -> None:
    centre.hear(Feed.HOTLINE12345, order(title="小区油烟扰民"))
    assert (waiting(centre.database), found(centre.database, "油烟")) == (1, set())
    assert take_up(centre.database) == 1
    assert (waiting(centre.database), take_up(centre.database)) == (0, 0)
    assert len(found(centre.database, "油烟")) == 1


def test_a_change_of_words_is_taken_up_and_any_other_is_not_marked(centre: Centre) -> None:
    one_order(centre, title="小区油烟扰民")
    told = {"orderNum": "H1", "majorContent": "", "updateTime": "2026-11-20 10:00:00"}
    centre.hear(Feed.HOTLINE12345, order(title="小区油烟扰民", state="待处置", signTime="2026-11-20 09:30:00", **told))
    assert waiting(centre.database) == 0
    told["updateTime"] = "2026-11-20 11:00:00"
    centre.hear(Feed.HOTLINE12345, order(title="小区噪声扰民", **told))
    assert (waiting(centre.database), found(centre.database, "噪声")) == (1, set())
    take_up(centre.database)
    assert (found(centre.database, "噪声"), found(centre.database, "油烟")) == ({"H1"}, set())


def test_the_newest_marks_are_taken_up_first(centre: Centre) -> None:
    for number in range(5):
        centre.hear(Feed.HOTLINE12345, order(orderNum=f"H{number}", title="小区油烟扰民"))
    assert take_up(centre.database, 2) == 2
    assert (found(centre.database, "油烟"), waiting(centre.database)) == ({"H3", "H4"}, 3)
    with centre.database.read() as session:
        assert search.pending(session, 2) == 2


def test_two_who_take_marks_up_at_once_do_not_undo_each_other(centre: Centre) -> None:
    """Each mark is taken up once, and what is indexed in the end is what is written in the end."""
    for number in range(40):
        centre.hear(Feed.HOTLINE12345, order(orderNum=f"H{number}", title="小区油烟扰民", majorContent=""))
    stop = threading.Event()

    def go_on() -> int:
        taken = 0
        while not stop.is_set():
            taken += take_up(centre.database, 7)
        return taken

    with ThreadPoolExecutor(2) as pool:
        takers = [pool.submit(go_on) for _ in range(2)]
        for number in range(40):
            told = {"orderNum": f"H{number}", "majorContent": "", "updateTime": "2026-11-20 10:00:00"}
            centre.hear(Feed.HOTLINE12345, order(title="小区噪声扰民", **told))
        while waiting(centre.database):
            time.sleep(0.01)
        stop.set()
        assert sum(taker.result() for taker in takers) == 80
    assert (len(found(centre.database, "噪声")), found(centre.database, "油烟")) == (40, set())


def test_numbers_and_names_that_are_scrubbed_are_not_found(centre: Centre) -> None:
    one_order(centre, title="欧阳试验反映油烟，电话19900001234，车牌陕A12345")
    for hidden in ("欧阳试验", "试验", "19900001234", "0001234", "A12345"):
        assert found(centre.database, hidden) == set()
    assert found(centre.database, "欧阳") == set()
    assert found(centre.database, "反映油烟") == {"H1"}


def test_a_name_that_another_report_of_the_case_gives_is_not_found(centre: Centre) -> None:
    """司徒样本 is the caller of the second report; alone, the first one could not know the name."""
    neighbour = centre.hear(Feed.POLICE110, call(jjdbh="J1", bjnr="邻居司徒样本装修噪音大", bjrxm="欧阳试验"))
    take_up(centre.database)
    assert found(centre.database, "司徒样本") == {"J1"}
    other = centre.hear(Feed.POLICE110, call(jjdbh="J2", bjnr="装修与邻居争吵", bjrxm="司徒样本"))
    centre.merge(other, neighbour)
    take_up(centre.database)
    assert found(centre.database, "司徒样本") == found(centre.database, "徒样") == set()
    assert found(centre.database, "装修") == {"J1", "J2"}


def test_a_report_that_joins_later_hides_its_names_in_the_others(centre: Centre) -> None:
    centre.hear(Feed.POLICE110, call(jjdbh="J1", bjnr="邻居司徒样本装修噪音大", bjrxm="欧阳试验"))
    take_up(centre.database)
    centre.hear(Feed.POLICE110, call(jjdbh="J2", bjnr="又吵", bjrxm="司徒样本", gljjdbh="J1"))
    assert centre.case_of("police110:J1") == centre.case_of("police110:J2")
    take_up(centre.database)
    assert found(centre.database, "司徒样本") == set()


def test_of_a_large_case_only_what_the_marked_reports_concern_is_written_again(centre: Centre) -> None:
    """A flood of thousands is one case."""
    first = one_order(centre, title="小区停电")
    for number in range(2, 8):
        centre.hear(Feed.HOTLINE12345, order(orderNum=f"H{number}", title=f"停电{number}", majorContent="听诸葛小明说"))
        centre.merge(centre.case_of(f"hotline12345:H{number}"), first)
    take_up(centre.database)
    centre.hear(Feed.HOTLINE12345, order(orderNum="H9", title="停电9", callerName="诸葛小明"))
    centre.merge(centre.case_of("hotline12345:H9"), first)
    spoil(centre.database, "H1", "H2")
    take_up(centre.database)
    assert found(centre.database, "诸葛小明") == set(), "the others hide its name, and are written for that"
    assert found(centre.database, "停电") == {f"H{number}" for number in (2, 3, 4, 5, 6, 7, 9)}, "H1 is not"


def spoil(database: Database, *source_ids: str) -> None:
    """Put something else in the index for these reports."""
    with database.write() as session:
        for source_id in source_ids:
            report_id = session.scalars(select(Report.id).where(Report.source_id == source_id)).one()
            search._write(session, [search._Texts(report_id, "别的话", "")])


def test_what_changed_while_it_was_read_is_read_again(centre: Centre) -> None:
    """On SQLite nobody writes while the words are made ready for the index."""
    centre.hear(Feed.HOTLINE12345, order(orderNum="H1", title="小区停电", majorContent=""))

    class Slow(Vault):
        """Somebody writes while it is looked for names."""

        def open_report(self, sealed: bytes) -> Any:
            later = order(orderNum="H1", title="小区停水", majorContent="", updateTime="2026-11-20 12:00:00")
            centre.hear(Feed.HOTLINE12345, later)
            return super().open_report(sealed)

    centre.hear(Feed.HOTLINE12345, order(orderNum="H2", title="又停电", majorContent=""))
    centre.merge(centre.case_of("hotline12345:H2"), centre.case_of("hotline12345:H1"))
    search.index_portion(centre.database, Slow([KEY]))
    assert found(centre.database, "停") == set()
    while search.index_portion(centre.database, VAULT):
        pass
    assert found(centre.database, "停水") == {"H1"}
    assert found(centre.database, "停电") == {"H2"}
    assert waiting(centre.database) == 0


def test_only_reports_of_open_cases_are_found_where_only_those_are_wanted(centre: Centre) -> None:
    centre.hear(Feed.HOTLINE12345, order(orderNum="H1", title="小区油烟扰民"))
    closed = {"state": "已结案", "completeTime": "2026-11-20 10:00:00", "updateTime": "2026-11-20 10:00:00"}
    centre.hear(Feed.HOTLINE12345, order(orderNum="H2", title="小区油烟扰民", **closed))
    take_up(centre.database)
    assert found(centre.database, "油烟") == {"H1", "H2"}
    assert found(centre.database, "油烟", still_open=True) == {"H1"}


def test_of_very_many_the_newest_are_found_however_far_apart(centre: Centre) -> None:
    """PostgreSQL asks era by era; what lies in old ones is found as well when the new ones do not tell enough."""
    ids = [1, 2, ERA, 2 * ERA, 9 * ERA, 9 * ERA + 1, 40 * ERA]
    with centre.database.write() as session:
        for report_id in ids:
            session.add(bare_report(report_id))
    take_up(centre.database)
    with centre.database.read() as session:
        for most in range(1, len(ids) + 2):
            assert search.found(session, Sought("油烟"), most, still_open=False) == sorted(ids)[::-1][:most]


def bare_report(report_id: int) -> Report:
    """A report whose case is of no interest."""
    return Report(
        id=report_id, feed="grid", source_id=f"G{report_id}", version_at=NOW, case_id=report_id, reported_at=NOW,
        received_at=NOW, channel="", source_category="", title="油烟", content="", address="", result="",
    )  # fmt: skip


def test_search_is_that_of_a_plain_look_into_the_texts(centre: Centre) -> None:
    """Whatever the text is made of, a part of one of its runs is found, and nothing is that is no part of any."""
    chance = random.Random(5)
    signs = "小区油烟扰民路" + string.ascii_letters[:4] + "12" + "，。 -"
    texts = {f"H{number}": "".join(chance.choices(signs, k=chance.randrange(1, 12))) for number in range(60)}
    with centre.database.write() as session:
        told = [
            message(Feed.HOTLINE12345, order(orderNum=number, title=title, majorContent="", address=""), number)
            for number, title in texts.items()
        ]
        centre.recorder.record(session, told)
    take_up(centre.database)
    for _ in range(300):
        words = "".join(chance.choices(signs[:13], k=chance.randrange(1, 4)))
        expected = {number for number, title in texts.items() if words.casefold() in title.casefold()}
        assert found(centre.database, words) == expected, words


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database at 0004."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database(f"old_search_{next(_numbers)}")
    database = Database(url)
    migrate.upgrade(database, "0004")
    yield database
    database.close()


def old_report(number: int) -> Report:
    """As a table without the index has it; what records reports today knows later columns of other tables."""
    said = {"channel": "", "source_category": "", "title": "小区油烟扰民", "content": "", "address": "", "result": ""}
    when = {"version_at": NOW, "reported_at": NOW, "received_at": NOW}
    return Report(id=number, feed=Feed.GRID, source_id=f"G{number}", case_id=number, **said, **when)


def test_what_was_there_before_the_index_is_taken_up_after_the_upgrade(old: Database) -> None:
    with old.write() as session:
        session.add(old_report(1))
    migrate.upgrade(old, "0005")
    assert (waiting(old), take_up(old)) == (1, 1)
    assert len(found(old, "油烟")) == 1
    migrate.downgrade(old, "0004")
    with old.write() as session:
        session.add(old_report(2))
        session.flush()
        left = set(session.scalars(text(TABLES[old.is_sqlite])))
    assert not {name for name in left if name.startswith(("report_words", "search_"))}


TABLES = {
    True: "SELECT name FROM sqlite_master",
    False: "SELECT relname FROM pg_class UNION ALL SELECT proname FROM pg_proc",
}


def test_a_batch_that_is_undone_leaves_no_mark(centre: Centre) -> None:
    def fail() -> None:
        with centre.database.write() as session:
            centre.recorder.record(session, [message(Feed.HOTLINE12345, order(), "e1")])
            raise LookupError

    pytest.raises(LookupError, fail)
    assert waiting(centre.database) == 0
