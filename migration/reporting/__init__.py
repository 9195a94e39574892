"""What people read: the plan, the verification, the conflicts and the report."""
