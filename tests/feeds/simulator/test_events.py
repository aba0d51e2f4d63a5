from datetime import UTC, datetime

import orjson
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from casework.vocabulary import Feed
from feeds.simulator.events import EVENTS_A_FRAME, event, frames
from feeds.simulator.world import Version

AT = datetime(2026, 11, 21, 8, 42, 7, 250_017, tzinfo=UTC)


def version(number: int = 0, size: int = 10) -> Version:
    record = {"jjdbh": "J1", "bjnr": "字" * size}
    return Version(Feed.POLICE110, "J1", AT, 1_795_250_527_250_017 + number, number, record)


def test_a_version_is_a_cloudevent_of_the_protocol() -> None:
    assert event(version(2), "yunchuan") == {
        "specversion": "1.0",
        "id": "J1-2",
        "source": "/police110/yunchuan",
        "type": "cn.police110.jjd.v1",
        "time": "2026-11-21T16:42:07.250+08:00",
        "sequence": "1795250527250019",
        "datacontenttype": "application/json",
        "data": {"jjdbh": "J1", "bjnr": "字" * 10},
    }


def test_an_off_the_shelf_sdk_reads_what_a_source_sends() -> None:
    ((text, _),) = frames([version()], "yunchuan")
    read = JSONFormat().read(CloudEvent, text)
    assert read.get_time() == AT.replace(microsecond=250_000)
    assert read.get_extension("sequence") == "1795250527250017"
    assert read.get_data() == version().record


def test_one_event_is_sent_as_an_object_and_several_as_a_batch() -> None:
    (alone,) = frames([version()], "yunchuan")
    assert orjson.loads(alone[0])["id"] == "J1-0"
    (batch,) = frames([version(0), version(1)], "yunchuan")
    assert [each["id"] for each in orjson.loads(batch[0])] == ["J1-0", "J1-1"]
    assert batch[1] == [int(each["sequence"]) for each in orjson.loads(batch[0])]


@pytest.mark.parametrize(("count", "size"), [(450, 10), (30, 20_000)])
def test_frames_stay_small_and_lose_nothing(count: int, size: int) -> None:
    told = list(frames((version(number, size) for number in range(count)), "yunchuan"))
    assert all(len(text) <= 300_000 and len(sequences) <= EVENTS_A_FRAME for text, sequences in told)
    assert [sequence for _, sequences in told for sequence in sequences] == [version(n).sequence for n in range(count)]
    assert len(told) > 1
