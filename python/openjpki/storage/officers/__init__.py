"""The officers a service knows, and changes of them that wait for a second operator."""
