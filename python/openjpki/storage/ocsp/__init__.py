"""The ocsp service's own data: who may ask. Status itself is rebuilt from the feed at start."""
