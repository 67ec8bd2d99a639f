"""Runs the script of a Glue job."""
