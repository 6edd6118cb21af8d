"""Rules of refusals in Japanese: by the English that a service or the command line raises, with {}
where that has a value."""
