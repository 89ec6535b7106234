"""The site's server on the loop of a test, for any ASGI application."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import daphne.server
import pytest

from trendsite.reactor import EagerReactor
from trendsite.serve import Server, listen


@asynccontextmanager
async def serving(application: Callable[..., Any]) -> AsyncIterator[tuple[str, int]]:
    """Serve on a free port for the length of a ``with`` block, which gets host and port."""
    reactor = EagerReactor(asyncio.get_running_loop())
    with pytest.MonkeyPatch.context() as patch:
        # daphne looks after connections on the reactor of its process.
        patch.setattr(daphne.server, "reactor", reactor)
        server = Server(application, reactor)
        with listen(("127.0.0.1", 0), is_shared=False) as listener:
            address = listener.getsockname()
            server.listen(listener)
        try:
            yield address
        finally:
            await server.stop_serving()
            if unfinished := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(unfinished, timeout=30)
            for call in reactor.getDelayedCalls():
                call.cancel()
            for reader in reactor.getReaders():
                reactor.removeReader(reader)
            reactor.waker.connectionLost(None)
