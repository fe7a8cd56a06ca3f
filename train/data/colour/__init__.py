# SPDX-License-Identifier: GPL-3.0-or-later
"""What a colouring network learns from: pictures with their lines, flat colours and regions.

Printed plates (`plates`), clip art (`vectors`) and drawings by program (`flat_art`, needs nothing
from outside) become records; `samples` cuts training samples out of them and is where to begin
reading.  `python -m train.data.colour` shows what comes out.  Imports numpy, numba, cv2 and train.
"""
