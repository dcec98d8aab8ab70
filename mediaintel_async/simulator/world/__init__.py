"""What there is behind the stand-in: assets, runs, persons, searches, stored files."""
