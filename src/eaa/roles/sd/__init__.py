"""Software development: writes the change and holds the project's quality gate."""
