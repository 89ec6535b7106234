"""``{% watched_hashtags %}``: the hashtags that the reader watches, with their ranks, for the page of the board."""

from django import template

from trendsite.watches.watched import watched_hashtags as find

register = template.Library()


@register.inclusion_tag("watches/watched.html", takes_context=True)
def watched_hashtags(context: template.Context) -> dict[str, object]:
    """Return the hashtags of the user of a page; none without a user."""
    user = context.get("user")
    return {"watched": find(user.pk) if user and user.is_authenticated else [], "is_part": True}
