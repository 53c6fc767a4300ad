"""Small pictures of what is rendered, made off the window's thread and kept within bounds."""
