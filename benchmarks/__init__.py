"""What Trendsite costs and gives, measured: every figure that the docs quote comes from here."""
