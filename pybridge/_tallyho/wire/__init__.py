"""The wire to Go: trace memory, records and the socket."""
