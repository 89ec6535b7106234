"""Failed attempts to log in are in the admin, by django-axes; its empty log of successful ones is not."""

from axes.models import AccessLog
from django.contrib import admin

admin.site.unregister(AccessLog)
