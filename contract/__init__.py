"""What the parts of Trendsite say to each other: messages, names and settings, and nothing that acts."""
