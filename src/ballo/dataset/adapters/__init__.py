"""Other people's dance data, a module a layout: each finds its dances in a folder and reads them one by one."""
