"""An evaluation as one HTML page: tables, drawings and poses, with everything in the file.

from ballo.evaluation.page import page

Path("report.html").write_text(page(found, findings(found)), encoding="utf-8")
"""

from __future__ import annotations

from ballo.evaluation.page.document import page

__all__ = ["page"]
