"""What is sent and received, as values; each file is named after its endpoints."""
