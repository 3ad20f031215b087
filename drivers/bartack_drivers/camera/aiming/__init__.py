"""How well a code stands in a picture, and what would make it better.

``measuring`` measures, ``verdict`` judges, ``words`` are what people read. Pure.
"""
