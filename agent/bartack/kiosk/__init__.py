"""The operator's screen: a page on the station's own machine that shows and takes.

It shows what the core puts, and hands the core what was pressed; it decides nothing itself.
"""
