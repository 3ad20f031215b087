"""What every page of ours is served with: safety headers, shared files, a server on a thread.

The hub's dashboard, the aiming page and the operator's screen all stand on it.
"""
