"""What a secret is, and in which spellings it is quoted."""
