"""The officer's console: pages in a browser, on the officer's own machine and for them alone."""
