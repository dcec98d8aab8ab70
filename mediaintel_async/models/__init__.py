"""What is sent and received, as values; a file has the name of its endpoint group."""
