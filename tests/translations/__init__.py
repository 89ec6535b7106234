"""The translations of the site: found in the sources, kept in trendsite/locale, made into what the site reads."""
