"""Where images come from: built in, downloaded, or generated."""
