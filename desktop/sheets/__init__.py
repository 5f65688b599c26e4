"""Map sheets: composition, PDF, PNG, SVG."""
