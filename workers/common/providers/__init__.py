"""Who serves a model, where, and with which key: one record a provider, the models table, routing, endpoints."""
