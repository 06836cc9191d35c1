"""Figures of one subject each, beside `figures`."""
