"""The notebook side: everything live that a student sees. The only floor that knows IPython, ipywidgets and matplotlib."""
