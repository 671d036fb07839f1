"""What outcomes of asked models and control agents say; they come as a table, without Inspect."""
