"""Project management: what is asked, and how we will know that it is done."""
