"""What the commands print: tables, JSON lines, progress, advice."""
