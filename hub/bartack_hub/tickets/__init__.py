"""Printed labels that stations read: bundle tickets, operator badges and command cards.

From reference data to a PDF in one direction: ``labels`` and ``cards`` say what stands on each,
``symbols`` makes its bars and squares, ``layout`` places them, ``letters`` draws what the built-in
font cannot, ``document`` writes the pages. ``pattern`` tells the stations how to read it all.
"""
