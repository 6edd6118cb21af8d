"""What the bridge service keeps."""
