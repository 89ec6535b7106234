"""Ten years of archived days, and the time of every page's database queries."""
