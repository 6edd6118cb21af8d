"""OCSP answers: requests over HTTP, responder keys, signing."""
