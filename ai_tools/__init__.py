# SPDX-License-Identifier: GPL-3.0-or-later
"""The AI and drawing-analysis tools. Import app.core, app.jobs and app.plugins, never app.ui."""
