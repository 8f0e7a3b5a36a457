"""Ports kept in files below EAA_HOME."""
