"""What an exported dataset holds, its card, and the layouts that other tools load."""
