"""Ideas for repairs. Each family takes a site and yields candidates; `families.py` lists them with their best prior."""
