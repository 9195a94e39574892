"""What the gateway reads from PostgreSQL beside the directory, and which errors mean that the database is gone."""
