"""All operations of the API, registered by being imported here, and the OpenAPI document that describes them."""

from functools import cache
from inspect import cleandoc
from typing import Any

import msgspec

from trendsite.api import day, days, feeds, hashtag, languages, race, series, status, suggestions, top  # noqa: F401
from trendsite.api.openapi import REFERENCE, api, structs

__all__ = ["api", "openapi_document"]


@cache
def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI document, ready for JSON."""
    document: dict[str, Any] = api.get_openapi_schema(path_prefix="")
    document["paths"] = dict(sorted(document["paths"].items()))
    for path in document["paths"].values():
        # The same operation once more, without its body: HTTP itself says that.
        path.pop("head")
    _, components = msgspec.json.schema_components(structs, ref_template=REFERENCE)
    for component in components.values():
        component["description"] = cleandoc(component["description"]).replace("``", "`")
    document["components"]["schemas"] |= components
    return document
