"""Kafka: posts in our own format that other systems write to a topic."""
