"""The drivers, one module for each: its row, its options, and how it talks with its reader."""
