"""A day's story: its rank changes, peaks and newcomers, and the sentences that tell them."""
