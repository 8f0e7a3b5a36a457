"""What every process tells of itself: that it lives, whether it is ready, and its figures."""
