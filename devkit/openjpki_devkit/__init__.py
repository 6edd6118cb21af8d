"""An installation on one machine, the demo and benchmarks: what a developer needs beside services.

The top floor: it may import all of ``openjpki``, and nothing of ``openjpki`` imports it.
The command line finds its commands by their entry points (``pyproject.toml`` beside this package).
"""
