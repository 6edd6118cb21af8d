"""After a restore: what happened since the backup is taken up, and nothing is numbered twice."""
