"""Ten years of archived days, and how long every page's questions to the database take."""
