"""The chat database, from profile-based to user-based identity and back, while both are being used."""
