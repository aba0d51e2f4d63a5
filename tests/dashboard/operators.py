"""Operators without a browser: each signed in, at the line of the desk, acting by the callback that a browser asks.

They know a session's token and the office's addresses, and nothing of the database: what they say of a case is what they were
told of it.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, NamedTuple, Self

import httpx2
import orjson
from websockets.asyncio.client import ClientConnection, connect

CALLBACK: Final = "/office/_dash-update-component"
LINE: Final = "/office/live"
COOKIE: Final = "bihuan_session"
PATIENCE_SECONDS: Final = 30


class Seen(NamedTuple):
    """A case as an operator was last told of it. `unit`: the code of its holder."""

    code: str
    version: int
    unit: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of the desk's list."""
        return cls(row["code"], row["version"], row["unit_code"])


class Operator:
    """One person at a desk. `seen`: the cases as the line told them last, by their codes."""

    def __init__(self, http: httpx2.AsyncClient, headers: Mapping[str, str], line: ClientConnection) -> None:
        self.seen: dict[str, Seen] = {}
        self._http = http
        self._headers = headers
        self._line = line
        self._heard = asyncio.Condition()
        self._asked = 0

    async def act(self, form: str, case: Seen, **fields: str) -> dict[str, Any]:
        """Send a filled-in form for a case as it was seen; the answer, whose "kind" says what came of it."""
        self._asked += 1
        told = {
            "n": self._asked,
            "do": "act",
            "form": form,
            "cases": [{"code": case.code, "version": case.version}],
            "fields": fields,
        }
        asked = _callback("act-told.data", "act-ask.data", told)
        answer = await self._http.post(CALLBACK, json=asked, headers=self._headers)
        answer.raise_for_status()
        said: dict[str, Any] = orjson.loads(answer.content)["response"]["act-told"]["data"]
        return said

    async def sees(self, code: str, version: int) -> Seen:
        """The case, once the line has told it at that version or a later one."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._heard:
            await self._heard.wait_for(lambda: code in self.seen and self.seen[code].version >= version)
        return self.seen[code]

    async def listen(self) -> None:
        """Note what the line tells, until cancelled."""
        async for frame in self._line:
            rows = orjson.loads(frame).get("rows", ())
            if rows:
                async with self._heard:
                    self.seen |= {row["code"]: Seen.of(row) for row in rows}
                    self._heard.notify_all()


@asynccontextmanager
async def at_the_desks(address: str, tokens: Sequence[str]) -> AsyncIterator[list[Operator]]:
    """An operator for the session of each token, at desks of the dashboard at `http://…`."""
    async with httpx2.AsyncClient(base_url=address, timeout=PATIENCE_SECONDS) as http, AsyncExitStack() as stack:
        desks = (stack.enter_async_context(_at_a_desk(http, address, token)) for token in tokens)
        yield await asyncio.gather(*desks)


@asynccontextmanager
async def _at_a_desk(http: httpx2.AsyncClient, address: str, token: str) -> AsyncIterator[Operator]:
    """`http` keeps no cookie of anybody's, and is one for all: each would read the certificates anew."""
    headers = {"origin": address, "cookie": f"{COOKIE}={token}"}
    url = f"ws{address.removeprefix('http')}{LINE}"
    async with connect(url, additional_headers=headers, compression=None) as line:
        operator = Operator(http, headers, line)
        while orjson.loads(await line.recv())["type"] != "frame":
            pass  # the first frame tells no rows, but that the list is to be read; what happens from then on is told
        listening = asyncio.create_task(operator.listen())
        try:
            yield operator
        finally:
            listening.cancel()


def _callback(output: str, asked: str, value: object) -> dict[str, Any]:
    """What a browser sends to ask a callback of the desk's page."""
    outputs, inputs = ({"id": name, "property": prop} for name, prop in (output.split("."), asked.split(".")))
    return {
        "output": output,
        "outputs": outputs,
        "inputs": [inputs | {"value": value}],
        "state": [{"id": "address", "property": "search", "value": ""}],
        "changedPropIds": [asked],
    }
