# SPDX-License-Identifier: GPL-3.0-or-later
"""Training, judging and exporting the networks: one script per method, read from top to bottom.

`python -m train --help` lists what there is.  Imports ai_tools.nets, the `infer` modules for
judging, and app.files.atomic; no Qt, and nothing of the program imports this package.
"""
