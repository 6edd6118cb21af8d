"""Everything on one machine: mesh, settings, authorities, register, four processes on loopback."""
