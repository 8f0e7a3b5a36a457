"""Model providers over HTTP: one transport, one pure pair of functions a wire format."""
