"""The room where the user says how layers are drawn; what is chosen shows on the map at once and is saved at once."""
