"""Pages of counts, which lie far apart on the disk: an index says which are on a page, and only these are read."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet


class IndexPaginator(Paginator):  # type: ignore[type-arg]  # generic only in its stubs
    """Reads the rows of a page by their numbers."""

    def page(self, number: int | str) -> Page[Any]:
        """Return a page, in the order of the list.

        Raises:
            InvalidPage: there is no such page.
        """
        valid = self.validate_number(number)
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]  # the admin pages through nothing else
        first = (valid - 1) * self.per_page
        wanted = list(rows.values_list("pk", flat=True)[first : first + self.per_page])
        return Page(rows.filter(pk__in=wanted), valid, self)
