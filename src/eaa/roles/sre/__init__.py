"""Site reliability: what a change means for rollout, and what production says."""
