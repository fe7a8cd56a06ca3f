# SPDX-License-Identifier: GPL-3.0-or-later
"""Training data: readers, generators and batches.  Imports numpy, cv2, torch and train.common."""
