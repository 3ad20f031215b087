"""From a grey picture to the codes in it.

``pipeline`` runs the ``stages``: ``engines`` read what lies straight; ``locate`` finds bars at any
angle, ``upright`` turns them, ``vote`` lets their rows agree, and ``fit`` reads blurred ``bars``.
``picture`` loads files, ``codes`` says what a code is. Pure but for files and clocks.
"""
