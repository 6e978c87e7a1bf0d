"""What HTTP figures stand beside: views that do nothing or one INSERT, on the same server."""
