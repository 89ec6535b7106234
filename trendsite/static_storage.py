"""Stores static files compressed, under names with a hash, so browsers cache them forever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Also replaces the names in our JavaScript imports by the hashed names."""

    support_js_module_import_aggregation = True
