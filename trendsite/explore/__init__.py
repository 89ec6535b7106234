"""Pages for who wants to know more: one hashtag, a search, the calendar of days, and a day replayed."""
