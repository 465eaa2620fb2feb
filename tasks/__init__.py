"""One runnable module per DVC stage, and the rooms they share."""
