"""What the commands write: tables, JSON lines, progress, advice."""
