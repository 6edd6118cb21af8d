"""Making calls: channels over mutual TLS, a deadline on each call, typed refusals."""
