"""The pages about days, hashtags, search and status. They read through trendsite.queries and never write."""
