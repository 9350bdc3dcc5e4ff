"""The dialog "Bring your own data": choosing a file, its columns, its numbers, saving it."""
