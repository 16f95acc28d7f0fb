"""What lies in `data/` is made here: one command a file, each with its seeds, versions and settings in what it writes."""
