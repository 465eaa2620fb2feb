"""What people say of candidate pairs and of labels: a log per reviewer, what is next, how far they agree."""
