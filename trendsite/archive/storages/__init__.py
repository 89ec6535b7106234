"""Django storages for archives that django-storages does not serve, or not as the archive needs it."""
