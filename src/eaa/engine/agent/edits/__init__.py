"""Edits as models write them, in four shapes, put onto the text of files. Pure: text in, text out."""
