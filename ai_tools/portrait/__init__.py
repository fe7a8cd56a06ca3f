# SPDX-License-Identifier: GPL-3.0-or-later
"""Portrait Views: a drawn head seen from other sides, in other styles.

Imports app.core, app.files, app.jobs, app.plugins and ai_tools; never app.ui.
"""
