"""Folders replaced as a whole, tables on disk, the lock."""
