"""How the office's callbacks run: off the event loop that carries the walls, and never failing in silence."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Told = TypeVar("Told")


def in_thread(work: Callable[Given, Told]) -> Callable[Given, Coroutine[Any, Any, Told]]:
    """A callback in a thread of its own: Dash runs plain functions on the event loop, where a slow query would hold up every
    screen. Who asks and the callback's context go with it."""

    @wraps(work)
    async def run(*args: Given.args, **kwargs: Given.kwargs) -> Told:
        return await asyncio.to_thread(work, *args, **kwargs)

    return run
