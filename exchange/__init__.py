"""Files in which utilities and portals exchange readings: read, imported, written."""
