"""Is this machine fit to work: Python, packages, keys, base URLs, tokenizer, proxies, certificates, descriptors."""
