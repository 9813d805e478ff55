"""How a run is told: the page, its pictures, the summary, the workbook, and the pages of checks and rules."""
