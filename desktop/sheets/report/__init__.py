"""Reports on paper: pieces set below one another on pages, with contents, links and maps between."""
