"""The simulator: invented posts with hashtags that read like real ones, paced by the clock or for a past week."""
