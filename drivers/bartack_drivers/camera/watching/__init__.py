"""A camera as a reader: each time a label is shown it is one read.

``gate`` sees whether anything moved, ``presenting`` says what to look at and what is new,
``acceptance`` when a text is believed, ``places`` where codes lie; ``source`` puts them together.
"""
