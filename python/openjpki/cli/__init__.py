"""The command `openjpki`: one file per group of commands; nothing here decides."""
