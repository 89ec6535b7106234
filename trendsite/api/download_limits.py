"""How many downloads of one process may run at the same time. Each holds the counts of a day in memory."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

from trendsite.api.api_errors import ApiError

MOST_AT_ONCE: Final = 8
MOST_OF_AN_ADDRESS: Final = 2

_running: Counter[str] = Counter()


class Download:
    """A download that takes a place until its response ends. Django closes it with the response."""

    def __init__(self, address: str, chunks: AsyncGenerator[bytes, None]) -> None:
        """Take a place for a client's address.

        Raises:
            ApiError: there is none.
        """
        if _running[address] >= MOST_OF_AN_ADDRESS:
            raise ApiError(429, f"{MOST_OF_AN_ADDRESS} downloads at a time are allowed to an address: wait for them")
        if _running.total() >= MOST_AT_ONCE:
            raise ApiError(503, "too many downloads at the moment: try again in a minute")
        _running[address] += 1
        self._address: str | None = address
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the chunks; the place is free at the end, and if the client leaves."""
        try:
            async with aclosing(self._chunks) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            self.close()

    def close(self) -> None:
        """Free the place."""
        if self._address is not None:
            _running[self._address] -= 1
            # Remove the address, so that the table does not grow.
            if not _running[self._address]:
                del _running[self._address]
            self._address = None
