"""What is learned from the traffic while it flows: the two backends compared, their health, who uses the old shape."""
