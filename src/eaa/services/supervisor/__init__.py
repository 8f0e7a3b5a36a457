"""The processes of an installation on one machine: started, watched, started again, ended in order."""
