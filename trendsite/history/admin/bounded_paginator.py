"""Pages of a list that may have millions of rows: it counts no further than anybody leafs through."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST_LISTED = 10_000
"""Rows that are paged through; who looks for others chooses a day, a language or a hashtag."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # generic only in its stubs
    """Knows the first MOST_LISTED rows only: counting all, or skipping far, would read them."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, MOST_LISTED at most."""
        return self.object_list.order_by()[:MOST_LISTED].count()  # type: ignore[union-attr]  # always a queryset here
