"""What this computer does with its power: it stays awake while something is rendered, and rests when all is done."""
