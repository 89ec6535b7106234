"""Past days in Django's admin, read-only. Django's permissions decide who may see them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from trendsite.archive.admin.actions import ArchiveTaskAdmin
from trendsite.archive.admin.count_admin import DayCountAdmin
from trendsite.archive.admin.day_admin import DayAdmin

__all__ = ["ArchiveTaskAdmin", "DayAdmin", "DayCountAdmin"]

admin.site.site_header = "Trendsite"
admin.site.site_title = "Trendsite"
admin.site.index_title = gettext_lazy("Admin")
