"""One request out, one answer back: signing, retries, limits, decoding."""
