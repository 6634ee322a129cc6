"""The file by mail: a page that needs no server, whose sliders look up what was run before."""
