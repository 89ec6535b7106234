"""The admin shows the failed log-ins of django-axes, and not its log of successful ones, which is switched off."""

from axes.models import AccessLog
from django.contrib import admin

admin.site.unregister(AccessLog)
