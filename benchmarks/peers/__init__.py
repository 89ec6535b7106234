"""Other ways to do Trendsite's counting, each fed the same posts over a socket, each checked against the truth."""
