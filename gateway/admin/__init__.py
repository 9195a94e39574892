"""The admin address: health, metrics, the contracts and the dashboard."""
