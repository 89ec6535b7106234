"""What runs the pipeline: the watching process, tasks from the admin, backfills of recordings; and downloads."""
