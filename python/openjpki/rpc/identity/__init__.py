"""Who a peer is: SPIFFE ids, roles, and the files that hold a service's own credentials."""
