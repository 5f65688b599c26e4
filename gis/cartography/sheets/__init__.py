"""Map sheets as data: what stands on the paper, templates, contents."""
