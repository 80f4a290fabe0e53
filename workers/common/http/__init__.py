"""The call and what may go wrong with it: addresses, proxies, encodings, and the heads that gateways garble."""
