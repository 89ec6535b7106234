"""When a day is open, closed or written, and how a closed day is written."""
