"""Finding one's way on the map: places, bookmarks, overview, what is here, pictures of the view."""
