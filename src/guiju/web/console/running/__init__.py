"""Work that takes longer than a page: jobs in processes of their own beside the console, and their pages."""
