"""Which conversations are the same to the provider, before any of them is held."""
