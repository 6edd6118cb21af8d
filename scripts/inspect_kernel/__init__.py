"""Whether the lanes' machine code keeps secrets: see ``__main__``."""
