"""What each WebSocket frame means in both shapes."""
