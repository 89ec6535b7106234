"""Past days in Django's admin: to look at, never to change. Who may look is decided by Django's own permissions."""

from django.contrib import admin

from trendsite.history.admin.counts import DayCountAdmin
from trendsite.history.admin.days import DayAdmin
from trendsite.history.admin.tasks import ArchiveTaskAdmin

__all__ = ["ArchiveTaskAdmin", "DayAdmin", "DayCountAdmin"]

admin.site.site_header = "Trendsite"
admin.site.site_title = "Trendsite"
admin.site.index_title = "Trendsite"
