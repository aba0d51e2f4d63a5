"""What the records look like: field names of the protocol's page, units and places of the county, nobody real."""

import re
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest

from casework.vocabulary import Feed
from tests.feeds.simulator.demo import NOW, county, world

FIELDS = {
    Feed.POLICE110: "jjdbh gljjdbh xzqh bjsj bjdh bjrxm lxdh afdz jd wd bjnr bjlbdm bjxldm jqjb gxdwdm sfbm tssj jdzt "
    "cbdwdm qssj lxsj thyy thsj fksj jqcljgsm tjjg hfsj hfjt myd gxsj",
    Feed.HOTLINE12345: "orderNum oldOrderNum callTime sourceType callerType callerName callerPhone pilotLight "
    "questionCode questionName isSecret address addressPoints areaCode title majorContent organizationCode "
    "organizationName handleDays timeUnit deadlineDate state dispatchTime signTime contactTime backReason backTime "
    "backNum delayDeadlineDate delayReason isHardOrder rehandleNum completeTime finishContent visitTime "
    "visitCallIsConnected visitIsSolved visitSatisfaction nonsenseState updateTime",
    Feed.GRID: "eventCode eventAcceptDate eventSource eventType1 eventType2 eventLevel eventAddress lng lat gridCode "
    "communityCode streetCode desc involvedCount isGroup isUrgent isHard reportPerson reportPhone partyName "
    "partyPhone riskColour deadlineTime distributeTime dealDeptCode signTime contactTime backReason backTime dealTime "
    "result mediationOk eventState visitTime satisfied endTime updateTime",
}
UNIT = {Feed.POLICE110: "cbdwdm", Feed.HOTLINE12345: "organizationCode", Feed.GRID: "dealDeptCode"}
TEXT = {Feed.POLICE110: "bjnr", Feed.HOTLINE12345: "majorContent", Feed.GRID: "desc"}
PHONES = ("bjdh", "lxdh", "callerPhone", "reportPhone", "partyPhone")


@cache
def records(feed: Feed) -> tuple[dict[str, Any], ...]:
    return tuple(version.record for version in world().snapshot(feed, NOW - timedelta(days=30), NOW))


@pytest.mark.parametrize("feed", list(Feed))
def test_exactly_the_fields_of_the_protocol_are_used(feed: Feed) -> None:
    used = {name for record in records(feed) for name in record}
    assert used == set(FIELDS[feed].split())


@pytest.mark.parametrize("feed", list(Feed))
def test_times_are_local_and_in_the_protocols_form(feed: Feed) -> None:
    written = [
        value for record in records(feed) for name, value in record.items() if name.endswith(("Time", "sj", "Date"))
    ]
    for value in written:
        assert datetime.strptime(value, "%Y-%m-%d %H:%M:%S").year in (2026, 2027)  # noqa: DTZ007


@pytest.mark.parametrize("feed", list(Feed))
def test_units_and_places_are_the_countys(feed: Feed) -> None:
    for record in records(feed):
        assert UNIT[feed] not in record or county().unit(record[UNIT[feed]]) is not None
        if feed is Feed.POLICE110:
            assert county().township_of_station(record["gxdwdm"]) is not None
        elif feed is Feed.HOTLINE12345:
            assert county().township(record["areaCode"]) is not None
        else:
            assert county().township_of_grid(record["gridCode"]) == record["streetCode"]
            assert county().township_of_village(record["communityCode"]) == record["streetCode"]


@pytest.mark.parametrize("feed", list(Feed))
def test_every_phone_begins_with_numbers_given_to_nobody(feed: Feed) -> None:
    phones = [record[name] for record in records(feed) for name in PHONES if record.get(name)]
    phones += [phone for record in records(feed) for phone in re.findall(r"(?<!\d)1\d{10}(?!\d)", record[TEXT[feed]])]
    assert phones
    assert all(re.fullmatch(r"1990[01]\d{6}|19901\d{6}", phone) for phone in phones)


@pytest.mark.parametrize("feed", list(Feed))
def test_free_text_sometimes_holds_what_must_be_scrubbed(feed: Feed) -> None:
    texts = "\n".join(record[TEXT[feed]] for record in records(feed))
    assert re.search(r"(?<!\d)19900\d{6}(?!\d)", texts)
    identities = re.findall(r"(?<!\d)\d{17}[\dX]", texts)
    assert identities
    assert all(number.startswith(county().division) for number in identities)
    if feed is not Feed.GRID:
        assert re.search(r"陕Z[A-Z]\d{4}", texts)


@pytest.mark.parametrize("feed", list(Feed))
def test_no_text_is_left_with_an_unfilled_blank(feed: Feed) -> None:
    for record in records(feed):
        assert not any(isinstance(value, str) and re.search(r"[{}]|。。|None", value) for value in record.values())


@pytest.mark.parametrize("feed", list(Feed))
def test_texts_are_as_varied_as_people(feed: Feed) -> None:
    texts = [record[TEXT[feed]] for record in records(feed)]
    assert len(set(texts)) / len(texts) > 0.85


def test_a_matter_told_twice_is_told_in_other_words() -> None:
    texts: dict[tuple[Feed, str], str] = {}
    for feed, identity in ((Feed.POLICE110, "jjdbh"), (Feed.HOTLINE12345, "orderNum"), (Feed.GRID, "eventCode")):
        texts |= {(feed, record[identity]): record[TEXT[feed]] for record in records(feed)}
    several = [group for group in world().truth(NOW - timedelta(days=25), NOW - timedelta(days=3)) if len(group) == 2]
    assert several
    for group in several:
        first, second = (texts[member] for member in group)
        assert first != second


def test_groups_hard_secret_and_unreasonable_cases_all_occur() -> None:
    assert any(record["isGroup"] == 1 and record["riskColour"] == "红" for record in records(Feed.GRID))
    assert any(record["isHard"] == 1 for record in records(Feed.GRID))
    assert any(record["sfbm"] == "1" for record in records(Feed.POLICE110))
    assert any(record["jdzt"] == "7" for record in records(Feed.POLICE110)) or any(
        record["jqjb"] == "1" for record in records(Feed.POLICE110)
    )
    assert any(record["nonsenseState"] == "1" for record in records(Feed.HOTLINE12345))
    assert any(record["isHardOrder"] == "1" for record in records(Feed.HOTLINE12345))
    assert any(record.get("delayDeadlineDate") for record in records(Feed.HOTLINE12345))


def test_the_hotlines_deadline_agrees_with_its_own_allowance() -> None:
    for record in records(Feed.HOTLINE12345):
        if record.get("timeUnit") == "小时":
            given = datetime.fromisoformat(record["deadlineDate"]) - datetime.fromisoformat(record["callTime"])
            assert given == timedelta(hours=record["handleDays"])
        elif record.get("timeUnit") == "工作日":
            assert record["deadlineDate"].endswith(" 00:00:00")
