"""The two chat modals, the demo's page that shows them side by side, and the dashboard."""
