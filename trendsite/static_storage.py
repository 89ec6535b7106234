"""How static files are kept: compressed, and under names with a hash, so that browsers keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Also gives the files that our JavaScript modules import their hashed names."""

    support_js_module_import_aggregation = True
