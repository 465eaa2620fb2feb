"""Where pictures come from: folders, archives, URLs, Parquet, the sample; what is known of them, and the policy."""
