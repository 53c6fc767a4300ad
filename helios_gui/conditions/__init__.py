"""When this computer has something better to do than to render: conditions that make the chunks of a profile wait."""
