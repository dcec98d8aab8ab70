"""How the stand-in answers each operation."""
