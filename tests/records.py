"""Source records and messages for tests: plausible, invented, and short to change."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from casework.report import Report
from casework.vocabulary import Feed, Status, Urgency
from config.rules import load_codes
from db.message import Message, refused, understood
from db.vault import Vault, new_key
from feeds.protocol import Dialect, FrameReader
from feeds.sources import grid, hotline12345, police110

CONFIG = Path(__file__).resolve().parent.parent / "config"
STATIONS = {"999921000101": "999921001"}
SOURCES = {Feed.POLICE110: police110, Feed.HOTLINE12345: hotline12345, Feed.GRID: grid}
DIALECTS = {
    feed: Dialect(feed, source.EVENT_TYPE, source.translate, load_codes(CONFIG, feed, STATIONS))
    for feed, source in SOURCES.items()
}
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # Friday noon in Yunchuan


def at(text: str) -> datetime:
    """`MM-DD HH:MM` of 2026, Asia/Shanghai, as UTC."""
    local = datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    return local - timedelta(hours=8)


def order(**changes: Any) -> dict[str, Any]:
    """A 12345 work order, dispatched an hour after the call."""
    return {
        "orderNum": "DH2026112000001",
        "callTime": "2026-11-20 08:00:00",
        "sourceType": "电话",
        "callerType": "投诉",
        "callerName": "欧阳试验",
        "callerPhone": "19900001234",
        "pilotLight": "一般",
        "address": "城关镇新华路 8 号",
        "areaCode": "999921001",
        "title": "小区楼下油烟扰民",
        "majorContent": "楼下饭店油烟直排，联系电话19900001234，请尽快处理。",
        "organizationCode": "U-CITY",
        "organizationName": "城管局",
        "state": "已派遣",
        "dispatchTime": "2026-11-20 09:00:00",
        "updateTime": "2026-11-20 09:00:00",
    } | changes


def call(**changes: Any) -> dict[str, Any]:
    """A 110 slip, pushed to a unit."""
    return {
        "jjdbh": "J2026112000001",
        "bjsj": "2026-11-20 08:00:00",
        "bjdh": "19900004321",
        "bjrxm": "司徒样本",
        "afdz": "青石镇街口",
        "bjnr": "邻居半夜装修噪音大",
        "jqjb": "4",
        "gxdwdm": "999921000101",
        "tssj": "2026-11-20 08:10:00",
        "jdzt": "2",
        "cbdwdm": "U-STATION",
        "gxsj": "2026-11-20 08:10:00",
    } | changes


def event(**changes: Any) -> dict[str, Any]:
    """A grid event, being handled."""
    return {
        "eventCode": "WG2026112000001",
        "eventAcceptDate": "2026-11-20 08:00:00",
        "eventSource": "排查发现",
        "eventType1": "问题隐患",
        "eventAddress": "河口乡渡口村",
        "streetCode": "999921003",
        "desc": "消防通道被杂物堵塞",
        "partyName": "诸葛虚构",
        "partyPhone": "19900007777",
        "dealDeptCode": "U-FIRE",
        "distributeTime": "2026-11-20 08:20:00",
        "eventState": "处置中",
        "updateTime": "2026-11-20 08:20:00",
    } | changes


def translated(feed: Feed, record: Mapping[str, Any]) -> Report:
    dialect = DIALECTS[feed]
    return dialect.translate(record, dialect.codes)


KEY = new_key()
VAULT = Vault([KEY])
READERS = {feed: FrameReader(dialect, VAULT) for feed, dialect in DIALECTS.items()}


def message(feed: Feed, record: Mapping[str, Any], event_id: str, sequence: int | None = None, **more: Any) -> Message:
    """A message as the protocol makes it; `received_at` and the vault it is sealed with may be given."""
    received_at = more.get("received_at", NOW)
    body = orjson.dumps(record)
    vault = more.get("vault", VAULT)
    return understood(vault, feed, event_id, sequence, received_at, body, translated(feed, record))


def rubbish(event_id: str, sequence: int | None, body: bytes, reason: str, vault: Vault = VAULT) -> Message:
    """Something from the grid that could not be understood."""
    return refused(vault, Feed.GRID, event_id, sequence, NOW, body, reason)


def envelope(feed: Feed, record: Mapping[str, Any], event_id: str, sequence: int) -> dict[str, Any]:
    """A record as a CloudEvent."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/{feed}/yunchuan",
        "type": DIALECTS[feed].event_type,
        "time": "2026-11-20T12:00:00+08:00",
        "sequence": str(sequence),
        "datacontenttype": "application/json",
        "data": record,
    }


__all__ = [
    "CONFIG",
    "DIALECTS",
    "KEY",
    "NOW",
    "READERS",
    "VAULT",
    "Feed",
    "Status",
    "Urgency",
    "at",
    "call",
    "envelope",
    "event",
    "message",
    "order",
    "rubbish",
    "translated",
]
