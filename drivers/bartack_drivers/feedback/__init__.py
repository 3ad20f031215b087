"""Devices that answer an operator: lamps and a buzzer on wires, a character display.

They know nothing of scans: they light what they are told and show the rows they are given.
"""
