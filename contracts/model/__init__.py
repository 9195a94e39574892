"""The values that everything speaks of: profile, roster, operation, document, error."""
