"""`python -m bench.walls ADDRESS NUMBER`: so many walls that read all they are sent and draw nothing, until terminated."""

import asyncio
import sys

from websockets.asyncio.client import connect
from websockets.typing import Origin

from dashboard.auth import LIVE_PATH


async def watch(address: str, number: int) -> None:
    async with asyncio.TaskGroup() as tasks:
        for _ in range(number):
            tasks.create_task(_wall(address))


async def _wall(address: str) -> None:
    url = f"ws{address.removeprefix('http')}{LIVE_PATH}"
    async with connect(url, origin=Origin(address), compression=None, max_queue=None) as line:
        async for _ in line:
            pass


if __name__ == "__main__":
    asyncio.run(watch(sys.argv[1], int(sys.argv[2])))
