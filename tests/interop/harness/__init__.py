"""What the cases stand on: programs, software fetched from elsewhere, servers, raw requests."""
